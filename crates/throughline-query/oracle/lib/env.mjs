// Imported before everything else.

import { setMaxListeners } from 'node:events'

// The library looks at NODE_ENV whenever it is about to warn, and the development build does extra
// work (deep checks, console output) that no trace should see.
process.env.NODE_ENV = 'production'

// Traces make many errors and nobody looks at where they come from; taking the stack is what costs.
if (!process.env.ORACLE_DEBUG) Error.stackTraceLimit = 0

// An infinite query adds a listener to one signal for every page.
setMaxListeners(0)
