// Elements of the console. All content is inserted as text, never as HTML.

export const $ = (id) => document.getElementById(id);

/** Creates an element. Children that are undefined are left out. */
export function element(name, attributes = {}, ...children) {
    const created = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) if (value !== undefined) created.setAttribute(key, value);
    created.append(...children.filter((child) => child !== undefined));
    return created;
}

/**
 * Updates the children of an element in place. Children with the same `data-key` are the same, wherever they are. Only
 * differences are touched, so focus, selections and opened details are preserved.
 */
export function updateChildren(parent, children) {
    const updated = [...element("div", {}, ...children).childNodes];
    const keys = new Set(updated.map(keyOf));
    for (const child of [...parent.childNodes])
        if (keyOf(child) !== undefined && !keys.has(keyOf(child))) child.remove();
    const keyed = new Map([...parent.childNodes].map((child) => [keyOf(child), child]));
    for (const [index, child] of updated.entries()) {
        const current = parent.childNodes[index] ?? null;
        const key = keyOf(child);
        const existing =
            key !== undefined ? keyed.get(key) : current && keyOf(current) === undefined ? current : undefined;
        if (!existing || existing.nodeName !== child.nodeName) parent.insertBefore(child, current);
        else {
            if (existing !== current) parent.insertBefore(existing, current);
            updateNode(existing, child);
        }
    }
    while (parent.childNodes.length > updated.length) parent.lastChild.remove();
}

const keyOf = (node) => node.dataset?.key;

function updateNode(old, node) {
    if (old.nodeType === Node.TEXT_NODE) {
        if (old.data !== node.data) old.data = node.data;
        return;
    }
    // Whether details are open is up to the user.
    for (const { name } of [...old.attributes]) {
        if (name !== "open" && !node.hasAttribute(name)) old.removeAttribute(name);
    }
    for (const { name, value } of node.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    updateChildren(old, [...node.childNodes]);
}

/** What a list shows if it is empty: what it is for, and how to fill it. */
export const emptyElement = (title, ...help) =>
    element("div", { class: "empty", "data-key": "empty" }, element("strong", {}, title), element("p", {}, ...help));

const TAG_CLASSES = { Success: "good", Failed: "bad", RUNNING: "good", available: "good" };
export const tagElement = (text, status) => element("span", { class: `tag ${TAG_CLASSES[status] ?? "busy"}` }, text);

export const codeElement = (text) => element("code", {}, text);

/** A button whose click is handled by the action of that name. */
export const actionButton = (action, data, text, attributes = {}) =>
    element("button", { type: "button", "data-action": action, ...dataset(data), ...attributes }, text);

const dataset = (data) => Object.fromEntries(Object.entries(data).map(([name, value]) => [`data-${name}`, value]));
