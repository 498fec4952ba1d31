// The whole file at a glance at the right edge: heat, search results, and the part on the screen.

/** jump(share) is called with a position from 0 to 1 while the map is pressed. */
function makeMinimap(jump) {
  const canvas = el("canvas", {});
  const frame = el("div", { class: "window" });
  const box = el("div", { class: "minimap", "aria-hidden": "true" }, canvas, frame);
  let content = { heads: [], lines: [], matches: [] };

  /** heads, matches: shares of height; lines: [share, share, level of heat]. */
  function draw() {
    const ratio = window.devicePixelRatio || 1;
    const width = box.clientWidth;
    const height = box.clientHeight;
    if (!width || !height) return;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    context.fillStyle = colour("--border");
    for (const from of content.heads) context.fillRect(0, Math.floor(from * height), width, 1);
    // Hot lines are drawn last: in a long file several lines share a pixel.
    for (let level = 1; level <= heat.scale.length; level += 1) {
      // Stronger than in the table, where text stands on a larger area.
      context.fillStyle = colour(`--heat-${Math.min(heat.scale.length, level + 2)}`);
      const length = (width - 10) * (0.3 + (0.7 * level) / heat.scale.length);
      for (const [from, to, shade] of content.lines) {
        if (shade !== level) continue;
        const y = Math.floor(from * height);
        context.fillRect(7, y, length, Math.max(2, to * height - y));
      }
    }
    context.fillStyle = colour("--accent");
    for (const from of content.matches) context.fillRect(0, Math.floor(from * height), 5, 2);
  }

  const press = (event) => {
    const { top, height } = box.getBoundingClientRect();
    jump(Math.min(1, Math.max(0, (event.clientY - top) / height)));
  };
  box.addEventListener("pointerdown", (event) => {
    box.setPointerCapture(event.pointerId);
    press(event);
  });
  box.addEventListener("pointermove", (event) => {
    if (event.buttons) press(event);
  });
  new ResizeObserver(draw).observe(box);
  return {
    element: box,
    draw,
    fill(next) {
      content = { ...content, ...next };
      draw();
    },
    /** What part of the height is on the screen, from 0 to 1. */
    window(from, to) {
      frame.style.top = `${100 * from}%`;
      frame.style.height = `${100 * (to - from)}%`;
    },
  };
}
