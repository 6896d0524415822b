// Finds elements that name a behaviour in `data-behaviour` and gives each to its module, fetched only where it is used.
// Every page works without: script adds.

for (const element of document.querySelectorAll("[data-behaviour]")) {
  for (const name of element.dataset.behaviour.split(" ")) {
    if (!/^[a-z-]+$/.test(name)) continue;
    import(`./${name}.js`)
      .then((module) => module.default(element))
      .catch((error) => console.warn(`${name} could not be added`, error));
  }
}
