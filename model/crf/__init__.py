"""The linear-chain CRF: emissions to tags, probabilities and the best taggings, compiled.

weights (illegal transitions masked) -> viterbi, forward_backward, entity_scores -> decoding -> nbest
forward_backward -> marginals: the probability of each tag at each character
"""
