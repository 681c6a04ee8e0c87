import { constants, setPriority } from "node:os";

// Imported by the processes of patient suites before anything else: they, and what they start, take what is idle.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
