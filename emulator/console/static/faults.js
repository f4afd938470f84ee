// The injected faults, and the form that adds one.
import { fetchData, post } from "./api.js";
import { runAction } from "./actions.js";
import { notify } from "./dialogs.js";
import { $, actionButton, element, emptyElement, updateChildren } from "./dom.js";

/** A kind is written as a name, with the value that follows it: `delay[=MS]`, `endless=token`, or `CODE` for any code. */
const ANY_CODE = "CODE";
const takesValue = (kind) => kind === ANY_CODE || kind.includes("[=");

const effects = new Map();

export const faultsView = {
    load: async () => (await fetchData("faults")).data,
    show({ faults, kinds, calls }) {
        const options = (names) => names.map((name) => element("option", { value: name }, name));
        updateChildren($("fault-call"), options(calls.sort()));
        updateChildren(
            $("fault-kind"),
            Object.entries(kinds).map(([group, ofGroup]) =>
                element("optgroup", { label: group }, ...options(Object.keys(ofGroup))),
            ),
        );
        for (const ofGroup of Object.values(kinds)) {
            for (const [kind, effect] of Object.entries(ofGroup)) effects.set(kind, effect);
        }
        showForm();
        updateChildren(
            $("fault-list"),
            faults.length === 0
                ? [emptyElement("No faults are injected.", "Add one to see how a program copes with a failing call.")]
                : faults.map(faultElement),
        );
    },
};

/** Calls `refresh` when a fault has been added. */
export function handleFaultForm(refresh) {
    $("fault-form").addEventListener("input", showForm);
    $("fault-form").addEventListener("submit", (event) => {
        event.preventDefault();
        void runAction(async () => {
            await post("faults", { fault: faultText() });
            notify(`Fault ${faultText()} injected`);
        }).then(refresh);
    });
}

function showForm() {
    const kind = $("fault-kind").value;
    $("fault-value-label").hidden = !takesValue(kind);
    $("fault-value").required = kind === ANY_CODE;
    $("fault-value").placeholder = kind === ANY_CODE ? "Throttling.User" : "default";
    $("fault-effect").textContent = `The call ${effects.get(kind) ?? ""}.`;
    $("fault-option").textContent = `--fault ${quoted(faultText())}`;
}

/** As one word of a shell command. */
const quoted = (text) => (/^[\w:.=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

function faultText() {
    const [kind, value, times] = [$("fault-kind").value, $("fault-value").value.trim(), $("fault-times").value];
    const name = kind.replace(/\[.*/, "");
    const written = kind === ANY_CODE ? value : takesValue(kind) && value !== "" ? `${name}=${value}` : name;
    return [$("fault-call").value, written, $("fault-probability").value, ...(times === "" ? [] : [times])].join(":");
}

function faultElement({ id, call, kind, probability, count }) {
    const text = `${call}:${kind}`;
    return element(
        "div",
        { class: "entry row", "data-key": id },
        element("code", { class: "grow" }, text),
        element("span", { class: "fact" }, probability === 1 ? "every call" : `${probability * 100} % of calls`),
        element(
            "span",
            { class: "fact" },
            count === undefined ? "" : count === 0 ? "used up" : `${count} more time${count === 1 ? "" : "s"}`,
        ),
        actionButton("remove-fault", { fault: id }, "Remove", { "aria-label": `Remove the fault ${text}` }),
    );
}
