"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);

  // --- theme ---------------------------------------------------------------------------------------------------
  const theme = one(".theme");
  const themes = ["auto", "light", "dark"];
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const next = themes[(themes.indexOf(document.documentElement.dataset.theme || "auto") + 1) % 3];
    document.documentElement.dataset.theme = next;
    theme.textContent = "Theme: " + next;
  });

  all("article.group").forEach(start);

  function start(group, number) {
    const key = number + "-";

    // --- the table: rows that are on the page, then those that the embedded data hold ------------------------------
    const table = one("table.layers", group);
    const body = table.tBodies[0];
    const total = Number(table.dataset.total);
    const pageRows = Number(table.dataset.page);
    const heads = all(".sort th", table);
    const classes = heads.slice(1).map((head) => head.className);
    const source = one(".data", group);
    const rest = source ? JSON.parse(source.textContent) : { texts: [], rows: [] };
    const built = all("tr.row", body).map((row) => ({ row, more: row.nextElementSibling }));
    const here = built.length;

    const make = (name, css, text) => {
      const element = document.createElement(name);
      if (css) element.className = css;
      if (text !== undefined) element.textContent = text;
      return element;
    };
    const plain = (cell) => (typeof cell === "string" ? [cell, "", ""] : cell);
    const factsOf = (place) => rest.rows[place - here][1].map((index) => rest.texts[index]);

    function build(place) {
      const [cells, , state] = rest.rows[place - here];
      const row = make("tr", "row " + state);
      row.id = "l" + key + place;
      const number = make("td", "number place");
      const button = make("button", "", String(place + 1));
      button.type = "button";
      button.setAttribute("aria-expanded", "false");
      button.setAttribute("aria-controls", "m" + key + place);
      button.setAttribute("aria-label", place + 1 + ", details of " + plain(cells[0])[0]);
      number.append(button);
      row.append(number);
      cells.forEach((cell, column) => {
        const [text, second, css] = plain(cell);
        const element = make("td", (classes[column] + " " + css).trim(), text);
        if (second) element.append(make("small", "", second));
        row.append(element);
      });
      const more = make("tr", "more");
      more.id = "m" + key + place;
      more.hidden = true;
      const wide = make("td");
      wide.colSpan = classes.length;
      const list = make("dl");
      const facts = factsOf(place);
      for (let index = 0; index < facts.length; index += 2) {
        const pair = make("div");
        pair.append(make("dt", "", facts[index]), make("dd", "", facts[index + 1]));
        list.append(pair);
      }
      wide.append(list);
      more.append(make("td"), wide);
      return { row, more };
    }
    const item = (place) => (built[place] ??= build(place));

    const cellText = (place, column) => {
      if (place < here) return built[place].row.cells[column + 1].textContent;
      const [text, second] = plain(rest.rows[place - here][0][column]);
      return text + second;
    };
    const stateOf = (place) => (place < here ? built[place].row.classList[1] : rest.rows[place - here][2]);
    const found = new Array(total);
    const searchable = (place) =>
      (found[place] ??= (
        place < here
          ? [...built[place].row.cells].slice(1).map((cell) => cell.textContent).join(" ") + " " + built[place].more.textContent
          : rest.rows[place - here][0].map((cell) => plain(cell).slice(0, 2).join(" ")).join(" ") + " " + factsOf(place).join(" ")
      ).toLowerCase());

    // Numbers as they are shown: '-' is not measured, NaN is worse than Inf.
    function asNumber(text) {
      if (text === "-") return -1;
      if (text === "NaN") return Number.MAX_VALUE;
      if (text === "Inf") return Number.MAX_VALUE / 2;
      return text.startsWith("<") ? 0.0005 : parseFloat(text);
    }
    const collator = new Intl.Collator("en", { numeric: true });

    let order = Array.from({ length: total }, (_, place) => place);
    let shown = order;
    let page = 0;
    const paged = total > here;
    const pages = one(".pages", group);
    const search = one(".search", group);
    const status = one(".state", group);
    const count = one(".found", group);

    function draw() {
      const part = paged ? shown.slice(page * pageRows, (page + 1) * pageRows) : shown;
      body.replaceChildren(...part.flatMap((place) => [item(place).row, item(place).more]));
      count.textContent = shown.length === total ? "" : `${shown.length} of ${total} layers`;
      if (!pages) return;
      pages.hidden = false;
      const last = Math.max(Math.ceil(shown.length / pageRows) - 1, 0);
      one("span", pages).textContent = `rows ${part.length ? page * pageRows + 1 : 0} to ${page * pageRows + part.length} of ${shown.length}`;
      one(".previous", pages).disabled = page === 0;
      one(".next", pages).disabled = page === last;
    }

    function filter() {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const wanted = status.value;
      shown = order.filter(
        (place) => (!wanted || stateOf(place) === wanted) && words.every((word) => searchable(place).includes(word))
      );
      page = 0;
      draw();
    }

    function sortBy(column) {
      const head = heads[column];
      const numeric = head.classList.contains("number");
      const before = head.getAttribute("aria-sort");
      // The worst first: errors are looked at from the top.
      const down = before === "none" ? numeric && column > 0 : before === "ascending";
      heads.forEach((other) => other.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const sign = down ? -1 : 1;
      const places = Array.from({ length: total }, (_, place) => place);
      if (column === 0) {
        order = down ? places.reverse() : places;
      } else {
        const keys = places.map((place) => (numeric ? asNumber(cellText(place, column - 1)) : cellText(place, column - 1)));
        const compare = numeric ? (a, b) => keys[a] - keys[b] : (a, b) => collator.compare(keys[a], keys[b]);
        order = places.sort((a, b) => sign * compare(a, b) || a - b);
      }
      filter();
    }

    const toggle = (row, open) => {
      const button = one("button", row);
      const now = open ?? button.getAttribute("aria-expanded") !== "true";
      button.setAttribute("aria-expanded", String(now));
      row.nextElementSibling.hidden = !now;
    };

    one(".filter", group).hidden = false;
    one(".filter", group).addEventListener("submit", (event) => event.preventDefault());
    search.addEventListener("input", filter);
    status.addEventListener("change", filter);
    heads.forEach((head, column) => one("button", head).addEventListener("click", () => sortBy(column)));
    body.addEventListener("click", (event) => {
      const row = event.target.closest("tr.row");
      if (row && !String(getSelection())) toggle(row);
    });
    const openAll = one(".open-all", group);
    openAll.addEventListener("click", () => {
      const open = openAll.textContent.startsWith("Open");
      all("tr.row", body).forEach((row) => toggle(row, open));
      openAll.textContent = open ? "Close all details" : "Open all details";
    });
    if (pages) {
      const turn = (by) => () => {
        page += by;
        draw();
        one("section.layers", group).scrollIntoView();
      };
      one(".previous", pages).addEventListener("click", turn(-1));
      one(".next", pages).addEventListener("click", turn(1));
      draw();
    }

    // --- from anywhere to a row -------------------------------------------------------------------------------------
    function reveal() {
      const match = /^#l(\d+-)(\d+)$/.exec(location.hash);
      if (!match || match[1] !== key || Number(match[2]) >= total) return;
      const place = Number(match[2]);
      if (!shown.includes(place)) {
        search.value = status.value = "";
        filter();
      }
      const wanted = paged ? Math.floor(shown.indexOf(place) / pageRows) : 0;
      if (wanted !== page) {
        page = wanted;
        draw();
      }
      all("tr.at", body).forEach((row) => row.classList.remove("at"));
      const { row } = item(place);
      row.classList.add("at");
      toggle(row, true);
      row.scrollIntoView({ block: "center" });
      one("button", row).focus({ preventScroll: true });
    }
    addEventListener("hashchange", reveal);
    group.addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='#l']");
      if (link && /^#l\d+-\d+$/.test(link.getAttribute("href"))) {
        event.preventDefault();
        if (location.hash === link.getAttribute("href")) reveal();
        else location.hash = link.getAttribute("href");
      }
    });
    reveal();

    // --- charts: names under the pointer, arrow keys, Enter -----------------------------------------------------------
    for (const chart of all("svg.depth", group)) {
      const links = all("a", chart);
      const readout = one(".readout", chart.closest("figure"));
      const hint = readout.textContent;
      let at = -1;
      const point = (place) => {
        links[at]?.classList.remove("at");
        at = place;
        links[at]?.classList.add("at");
        readout.textContent = at < 0 ? hint : one("title", links[at]).textContent;
      };
      chart.addEventListener("pointermove", (event) => {
        const link = event.target.closest("a");
        if (link && links[at] !== link) point(links.indexOf(link));
      });
      chart.addEventListener("keydown", (event) => {
        const moves = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: links.length - 1 };
        if (event.key in moves) {
          event.preventDefault();
          point(Math.min(Math.max(moves[event.key], 0), links.length - 1));
        } else if (event.key === "Enter" && at >= 0) {
          location.hash = links[at].getAttribute("href");
        }
      });
    }

    // --- the graph: zoom by buttons and keys, pan by scrolling or dragging ---------------------------------------------
    const drawing = one("svg.graph", group);
    if (drawing) {
      const frame = one(".graph-frame", group);
      const width = Number(drawing.dataset.width);
      const height = Number(drawing.dataset.height);
      const fitting = () => Math.min((frame.clientWidth - 2) / width, 640 / height, 1);
      let scale = 1;
      const zoom = (to, x = frame.clientWidth / 2, y = frame.clientHeight / 2) => {
        const next = Math.min(Math.max(to, 0.05), 4);
        const ratio = next / scale;
        const left = (frame.scrollLeft + x) * ratio - x;
        const top = (frame.scrollTop + y) * ratio - y;
        scale = next;
        drawing.classList.add("zoomed");
        drawing.style.width = width * scale + "px";
        drawing.style.height = height * scale + "px";
        frame.scrollTo(left, top);
      };
      const fault = one(".box.fault", drawing) || one(".box.failed", drawing);
      const commands = {
        in: () => zoom(scale * 1.4),
        out: () => zoom(scale / 1.4),
        fit: () => zoom(fitting()),
        full: () => zoom(1),
        fault: () => {
          zoom(1);
          if (!fault) return;
          const box = fault.getBBox();
          frame.scrollTo(box.x - frame.clientWidth / 2 + box.width / 2 + 26, box.y - frame.clientHeight / 2 + 40);
        },
      };
      one(".graph-tools", group).hidden = false;
      for (const button of all("[data-zoom]", group)) button.addEventListener("click", () => commands[button.dataset.zoom]());
      frame.addEventListener("keydown", (event) => {
        const command = { "+": "in", "=": "in", "-": "out", 0: "fit", 1: "full" }[event.key];
        if (command) {
          event.preventDefault();
          commands[command]();
        }
      });
      frame.addEventListener(
        "wheel",
        (event) => {
          if (!event.ctrlKey && !event.metaKey) return;
          event.preventDefault();
          const box = frame.getBoundingClientRect();
          zoom(scale * (event.deltaY < 0 ? 1.15 : 1 / 1.15), event.clientX - box.left, event.clientY - box.top);
        },
        { passive: false }
      );
      let grip = null;
      frame.addEventListener("pointerdown", (event) => {
        if (event.pointerType !== "mouse" || event.button) return;
        grip = { x: event.clientX, y: event.clientY, left: frame.scrollLeft, top: frame.scrollTop, moved: false };
      });
      addEventListener("pointermove", (event) => {
        if (!grip) return;
        const dx = event.clientX - grip.x;
        const dy = event.clientY - grip.y;
        if (Math.abs(dx) + Math.abs(dy) > 4) grip.moved = true;
        if (!grip.moved) return;
        frame.classList.add("dragging");
        frame.scrollTo(grip.left - dx, grip.top - dy);
      });
      addEventListener("pointerup", () => {
        frame.classList.remove("dragging");
        setTimeout(() => (grip = null));
      });
      frame.addEventListener("dragstart", (event) => event.preventDefault());
      frame.addEventListener(
        "click",
        (event) => {
          if (grip?.moved) {
            event.preventDefault();
            event.stopPropagation();
          }
        },
        true
      );
      zoom(Math.max(fitting(), 0.05));
    }
  }
})();
