// The error browser: what of pageData().errors is shown, and how.

const STEP = 25; // sentences that a click shows more

function browseErrors() {
  const list = document.getElementById("error-list");
  if (!list) return;
  const { errors, colours } = pageData();
  const [label, order, search, count, more] = ["label", "order", "search", "count", "more"].map((id) => document.getElementById(id));
  const buttons = [...document.querySelectorAll("[data-kind]")];
  let kinds = new Set(); // none chosen: all
  let chosen = [];
  let shown = 0;

  const fits = ([kind, gold, predicted]) =>
    (!kinds.size || kinds.has(kind)) && (!label.value || gold?.[1] === label.value || predicted?.[1] === label.value);

  function choose() {
    const wanted = search.value.trim().toLowerCase();
    chosen = errors.filter(
      (error) => error.mistakes.some(fits) && (!wanted || `${error.text}\n${error.place}`.toLowerCase().includes(wanted)),
    );
    const surest = (error) => Math.max(...error.mistakes.filter(fits).map((mistake) => mistake[3]));
    const by = order.value === "file" ? (error) => error.number : (error) => -surest(error);
    chosen.sort((one, other) => by(one) - by(other) || one.number - other.number);
    count.textContent = `${chosen.length.toLocaleString("en")} of ${errors.length.toLocaleString("en")} sentences`;
    list.replaceChildren();
    shown = 0;
    showMore();
  }

  function showMore() {
    list.append(...chosen.slice(shown, shown + STEP).map((error) => card(error, colours, fits)));
    shown = Math.min(shown + STEP, chosen.length);
    more.hidden = shown === chosen.length;
  }

  for (const button of buttons) {
    button.addEventListener("click", () => {
      kinds.has(button.dataset.kind) ? kinds.delete(button.dataset.kind) : kinds.add(button.dataset.kind);
      button.setAttribute("aria-pressed", kinds.has(button.dataset.kind));
      choose();
    });
  }
  for (const field of [label, order]) field.addEventListener("change", choose);
  search.addEventListener("input", choose);
  more.addEventListener("click", showMore);
  choose();
}

function card(error, colours, fits) {
  const what = make("ul", "what");
  for (const mistake of error.mistakes) {
    const [kind, gold, predicted, sure] = mistake;
    const name = (span) => (span ? `${span[0]} ${span[1]}` : "nothing");
    const item = make("li", "", make("b", "", kind), ` ${name(gold)} → ${name(predicted)}, ${sure.toFixed(2)}`);
    item.title = "gold → predicted, how sure the tagger was";
    if (!fits(mistake)) item.style.opacity = 0.5;
    what.append(item);
  }
  const sides = make("div", "sides", side("gold", error, error.gold, error.predicted, colours), side("predicted", error, error.predicted, error.gold, colours));
  return make("article", "error", make("div", "head", make("span", "", error.place)), sides, what);
}

function side(name, error, own, other, colours) {
  const same = new Set(other.map((span) => span.slice(0, 3).join(" ")));
  const entities = own.map(([start, end, label, score]) => ({
    start,
    end,
    label,
    colour: (colours[label] || "c6") + (same.has([start, end, label].join(" ")) ? "" : " wrong"),
    title: score === undefined ? label : `${label} ${score.toFixed(2)}`,
  }));
  const text = make("div", "text", error.cut[0] ? "…" : "", marked(error.text, entities), error.cut[1] ? "…" : "");
  text.lang = "zh-Hans";
  return make("div", "side", make("small", "", name), text);
}

browseErrors();
