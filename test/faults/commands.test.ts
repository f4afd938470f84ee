/** Every call that the handlers of a command make, with every fault. */
import { commandStories } from "./stories/command";
import { testFaults } from "./suite";

// A run of a command takes many calls.
testFaults(["Command"], commandStories, 6);
