// A press is between two moments: what moves meanwhile under a finger or a pointer must not lose it.

const STILL_PX = 8;

/** While something is pressed, `held`; what is let go of where it was pressed counts, even if it has
 * moved from below: a browser tells such a press to nobody. */
export function watchPresses(
  mount: HTMLElement,
  signal: AbortSignal,
  held: (isHeld: boolean) => void,
): void {
  let pressed: { button: HTMLButtonElement | null; x: number; y: number } | null = null;
  mount.addEventListener("pointerdown", ({ target, isPrimary, button, x, y }) => {
    if (!isPrimary || button !== 0) return;
    pressed = { button: (target as Element).closest("button"), x, y };
    held(true);
  });
  const ended = (event: PointerEvent): void => {
    if (!pressed || !event.isPrimary) return;
    const { button, x, y } = pressed;
    pressed = null;
    const isStill = Math.hypot(event.x - x, event.y - y) < STILL_PX;
    const isHeard = !button?.isConnected || event.composedPath().includes(button);
    if (event.type === "pointerup" && isStill && !isHeard) button.click();
    setTimeout(() => held(false)); // after the click that follows
  };
  for (const end of ["pointerup", "pointercancel"] as const) {
    window.addEventListener(end, ended, { signal, capture: true });
  }
}
