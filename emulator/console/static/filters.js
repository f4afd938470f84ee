// The filters above the lists: by session, by text, and only failures.
import { $, element, emptyElement, updateChildren } from "./dom.js";
import { sessionTitle, shortId } from "./format.js";

/** The select elements show the part of the address after the view, such as `#timeline/session-1`. */
export function handleSessionFilters() {
    for (const select of document.querySelectorAll("[data-session-filter]")) {
        select.addEventListener("change", () => {
            const { view } = select.closest("[data-view]").dataset;
            location.hash = select.value === "" ? view : `${view}/${select.value}`;
        });
    }
}

/** Offers the sessions of the items, and the selected one. */
export function showSessionFilter(select, items, selected) {
    const names = new Map(items.filter(({ sessionId }) => sessionId).map((item) => [item.sessionId, item.session]));
    if (selected !== "" && !names.has(selected)) names.set(selected, {});
    updateChildren(select, [
        element("option", { value: "" }, "all"),
        ...[...names].map(([id, name = {}]) =>
            element("option", { value: id }, name.name ? `${sessionTitle(name, id)} · ${shortId(id)}` : shortId(id)),
        ),
    ]);
    select.value = selected;
}

/** Shows the items that pass, or why the list is empty. */
export function showFiltered({ list, shown, items, passes, show, empty }) {
    const passing = items.filter(passes);
    $(shown).textContent = items.length === passing.length ? "" : `${passing.length} of ${items.length}`;
    updateChildren(
        $(list),
        items.length === 0
            ? [empty]
            : passing.length === 0
              ? [emptyElement("No matches.", "Change the filter to see more.")]
              : show(passing),
    );
}

/** Whether a text contains each word of the filter. */
export const matches = (text, filter) =>
    filter
        .toLowerCase()
        .split(/\s+/)
        .every((word) => text.toLowerCase().includes(word));
