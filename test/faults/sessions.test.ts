/** Every call that the handlers of a session make, with every fault. */
import { sessionStories } from "./stories/session";
import { testFaults } from "./suite";

testFaults(["Session"], sessionStories);
