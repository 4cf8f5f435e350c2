#!/bin/sh
# slim VENV: takes from a virtual environment what no program of ours reads, and compiles what is left.
#
# What goes: tests, headers, static libraries, ONNX Runtime's converters, debug symbols of the two libraries that
# are shipped with theirs. Byte code is written now and never checked again, since nobody changes the sources.
set -eu
packages=$1/lib/python3.11/site-packages

for name in numba llvmlite numpy scipy gensim matplotlib onnx seqeval sklearn tensorboard; do
  [ -d "$packages/$name" ] || continue
  find "$packages/$name" -type d \( -name tests -o -name test \) -prune -exec rm -rf {} +
done
for name in tools transformers quantization datasets; do
  rm -rf "$packages/onnxruntime/$name"
done
# A provider that needs a library of its own, of which there is none here.
rm -f "$packages"/onnxruntime/capi/libonnxruntime_providers_tensorrt.so
# For Fourier transforms, which no network of ours has: ONNX Runtime's provider is not linked with it.
rm -f "$packages"/nvidia/cu13/lib/libcufft*
# For programs in C; the Python module has its own copy inside.
rm -f "$packages"/onnxruntime/capi/libonnxruntime.so.*
# For compiling operations of one's own.
rm -rf "$packages"/tensorflow/include "$packages"/tensorflow/xla_aot_runtime_src "$packages"/clang
find "$packages" -type f \( -name '*.a' -o -name '*.pyi' -o -name '*.pxd' -o -name '*.pyx' \) -delete
for library in "$packages"/llvmlite/binding/libllvmlite.so "$packages"/uvloop/*.so; do
  [ ! -e "$library" ] || strip --strip-unneeded "$library"
done

python -m compileall -q -j 0 --invalidation-mode unchecked-hash "$packages"
