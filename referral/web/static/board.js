// Arrow keys lead from one claim of the room plan to the next; without script the tab key does.

const board = document.querySelector(".board");
const rows = [...board.rows].map((row) => [...row.querySelectorAll("a")]).filter((links) => links.length);
const middle = (link) => {
  const { left, width } = link.getBoundingClientRect();
  return left + width / 2;
};

function nearest(links, here) {
  const away = (link) => Math.abs(middle(link) - middle(here));
  return links?.reduce((best, link) => (away(link) < away(best) ? link : best));
}

board.addEventListener("keydown", (event) => {
  const here = event.target;
  const at = rows.findIndex((links) => links.includes(here));
  if (at < 0) return;
  const beside = (step) => rows[at][rows[at].indexOf(here) + step];
  const ways = {
    ArrowLeft: () => beside(-1),
    ArrowRight: () => beside(1),
    ArrowUp: () => nearest(rows[at - 1], here),
    ArrowDown: () => nearest(rows[at + 1], here),
  };
  const next = ways[event.key]?.();
  if (!next) return;
  event.preventDefault();
  next.focus();
});
