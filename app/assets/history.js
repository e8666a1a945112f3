// A browser's Back takes one step for each thing that a person did. What a page adds to its own
// address, as when it completes a bare one, takes none.
(() => {
  const push = history.pushState;
  if (push.name === "pushStep") return;
  let acted = navigator.userActivation?.isActive ?? false; // by a click that came before this script
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => { acted = true; }, true);
  addEventListener("popstate", () => { acted = false; }, true);
  history.pushState = function pushStep(...step) {
    (acted ? push : history.replaceState).apply(history, step);
    acted = false;
  };
})();
