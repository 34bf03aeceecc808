/* What stands in the attribute data-plain of a place is drawn inside it: texts as texts, elements without any script.
   A change is made where it is, so that the focus, a fold that is open and a field that is written in stay as they are. */
(function () {
  const HELD = ["open", "data-smooth"]; // attributes that a person, or a picture that has come, changes

  function made(node) {
    if (typeof node === "string") return document.createTextNode(node);
    const element = document.createElement(node[0]);
    write(element, node);
    return element;
  }

  /* Whether a node that stands there can become the one that is wanted; other groups (data-made) are other elements. */
  function alike(old, node) {
    if (typeof node === "string") return old.nodeType === Node.TEXT_NODE;
    return old.nodeType === Node.ELEMENT_NODE && old.localName === node[0] && (old.dataset.made || "") === (node[1]["data-made"] || "");
  }

  function write(element, [, attributes, children]) {
    for (const { name } of [...element.attributes]) {
      if (!(name in attributes) && !HELD.includes(name)) element.removeAttribute(name);
    }
    for (const [name, value] of Object.entries(attributes)) {
      const text = value === true ? "" : value;
      if (element.getAttribute(name) !== text) element.setAttribute(name, text);
    }
    fill(element, children);
    if (element.localName === "input" && element !== document.activeElement) element.value = attributes.value || "";
    if (element.localName === "select" && children.length) element.value = (children.find(([, option]) => option.selected) || children[0])[1].value;
  }

  function fill(place, nodes) {
    nodes.forEach((node, at) => {
      const old = place.childNodes[at];
      if (!old) place.append(made(node));
      else if (!alike(old, node)) old.replaceWith(made(node));
      else if (typeof node !== "string") write(old, node);
      else if (old.data !== node) old.data = node;
    });
    while (place.childNodes.length > nodes.length) place.lastChild.remove();
  }

  /* Whoever adds to what stands there hears of it by the event "plain". */
  function draw(place) {
    if (place.drawn === place.dataset.plain) return;
    place.drawn = place.dataset.plain;
    fill(place, JSON.parse(place.drawn || "[]"));
    place.dispatchEvent(new Event("plain", { bubbles: true }));
  }

  function changed(changes) {
    for (const { type, target, addedNodes } of changes) {
      if (type === "attributes") draw(target);
      for (const node of addedNodes) {
        if (node.nodeType !== Node.ELEMENT_NODE) continue;
        if (node.matches("[data-plain]")) draw(node);
        node.querySelectorAll("[data-plain]").forEach(draw);
      }
    }
  }

  new MutationObserver(changed).observe(document.documentElement, {
    attributes: true,
    attributeFilter: ["data-plain"],
    childList: true,
    subtree: true,
  });
})();
