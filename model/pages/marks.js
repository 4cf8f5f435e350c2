"use strict";

// Text is put in through textContent alone: nothing that stands in a corpus is ever read as HTML.

function pageData() {
  return JSON.parse(document.getElementById("data").textContent);
}

function make(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

// Entities are {start, end, label, colour, title}, in order; their offsets count code points, as in Python.
function marked(text, entities) {
  const points = Array.from(text);
  const whole = document.createDocumentFragment();
  let done = 0;
  for (const entity of entities) {
    whole.append(points.slice(done, entity.start).join(""));
    const mark = make("mark", entity.colour, points.slice(entity.start, entity.end).join(""));
    mark.dataset.label = entity.label;
    if (entity.title) mark.title = entity.title;
    whole.append(mark);
    done = entity.end;
  }
  whole.append(points.slice(done).join(""));
  return whole;
}
