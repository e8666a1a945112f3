// A button that copies the page's address, for a colleague to see the same view.
const SHOWN = 4000; // milliseconds that the answer stays
const LOCAL = ["localhost", "127.0.0.1", "[::1]"]; // where no other machine finds the page

// Without https a browser has no clipboard for pages; the older way asks for a selected field.
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = make("textarea", { readonly: true, style: "position:fixed;opacity:0" }, text);
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    return copied;
  }
}

function draw(parentElement) {
  const said = make("span", { role: "status" });
  const shown = make("input", { readonly: true, hidden: true, "aria-label": "Address of this view" });
  const button = make("button", { type: "button" }, "Copy link");
  let fading;
  button.addEventListener("click", async () => {
    const copied = await copy(location.href);
    shown.hidden = copied;
    // What an address cannot hold, the page says where it is.
    const note = document.querySelector(".st-key-own-image")?.innerText.trim();
    said.textContent = copied ? ["Copied", note].filter(Boolean).join(". ") : "Copy this:";
    clearTimeout(fading);
    if (copied) {
      fading = setTimeout(() => { said.textContent = ""; }, SHOWN);
    } else {
      shown.value = location.href;
      shown.select();
    }
    button.focus();
  });
  const reaches = ["whole", "brief"].map((name) => make("small", { class: name }));
  const link = make("div", { class: "link" }, said, shown, ...reaches, button);
  parentElement.append(link);
  return link;
}

export default function ({ parentElement, data }) {
  const link = parentElement.querySelector(".link") ?? draw(parentElement);
  const local = LOCAL.includes(location.hostname);
  const reach = local ? `Opens on this machine only${data.reports ? ": send others a report" : ""}` : "";
  link.querySelector(".whole").textContent = reach;
  link.querySelector(".brief").textContent = local ? "This machine only" : "";
  link.querySelector("button").title = `Copies the address of what this page shows now. ${reach}`.trim();
}
