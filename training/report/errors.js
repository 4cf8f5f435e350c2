// The browser of sentences: which of pageData().items are shown, and how.

const STEP = 25; // sentences that a click shows more

function browse() {
  const list = document.getElementById("error-list");
  if (!list) return;
  const data = pageData();
  const [label, order, search, count, more] = ["label", "order", "search", "count", "more"].map((id) => document.getElementById(id));
  const buttons = [...document.querySelectorAll("[data-kind]")];
  const kinds = new Set(); // none chosen: all
  let chosen = [];
  let shown = 0;

  const fits = ([kind, , labels]) => (!kinds.size || kinds.has(kind)) && (!label.value || labels.includes(label.value));

  function choose() {
    const wanted = search.value.trim().toLowerCase();
    chosen = data.items.filter(
      (item) => item.findings.some(fits) && (!wanted || `${item.text}\n${item.place}`.toLowerCase().includes(wanted)),
    );
    const surest = (item) => Math.max(...item.findings.filter(fits).map((finding) => finding[3]));
    const by = order.value === "file" ? (item) => item.number : (item) => -surest(item);
    chosen.sort((one, other) => by(one) - by(other) || one.number - other.number);
    const none = chosen.length ? "" : ": nothing fits; take a filter away or search for less";
    count.textContent = `${chosen.length.toLocaleString("en")} of ${data.items.length.toLocaleString("en")} sentences${none}`;
    list.replaceChildren();
    shown = 0;
    showMore();
  }

  function showMore() {
    list.append(...chosen.slice(shown, shown + STEP).map((item) => card(item, data, fits)));
    shown = Math.min(shown + STEP, chosen.length);
    more.hidden = shown === chosen.length;
  }

  for (const button of buttons) {
    button.addEventListener("click", () => {
      const kind = button.dataset.kind;
      if (!kinds.delete(kind)) kinds.add(kind);
      button.setAttribute("aria-pressed", kinds.has(kind));
      choose();
    });
  }
  for (const field of [label, order]) field.addEventListener("change", choose);
  search.addEventListener("input", choose);
  more.addEventListener("click", showMore);
  choose();
}

function card(item, data, fits) {
  const what = make("ul", "what");
  for (const finding of item.findings) {
    const [kind, said, , sure] = finding;
    const line = make("li", fits(finding) ? "" : "faint", make("b", "", kind), ` ${said}`, make("small", "", ` ${sure.toFixed(2)}`));
    line.title = `${data.names.join(" → ")}, how sure the tagger was`;
    what.append(line);
  }
  const sides = make("div", "sides", ...item.sides.map((entities, index) => side(data.names[index], item, entities, data.colours)));
  sides.style.setProperty("--sides", item.sides.length);
  return make("article", "error", make("div", "head", make("span", "", item.place)), sides, what);
}

function side(name, item, entities, colours) {
  const marks = entities.map(([start, end, label, score, standsOut]) => ({
    start,
    end,
    label,
    colour: (colours[label] || "c6") + (standsOut ? " wrong" : ""),
    title: score === null ? label : `${label} ${score.toFixed(2)}`,
  }));
  const text = make("div", "text", item.cut[0] ? "…" : "", marked(item.text, marks), item.cut[1] ? "…" : "");
  text.lang = "zh-Hans";
  return make("div", "side", make("small", "", name), text);
}

browse();
