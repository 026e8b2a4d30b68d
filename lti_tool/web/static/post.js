// Sends the form that leads back to the LMS; without scripts its button does.
"use strict";

document.querySelector("form[data-post]")?.requestSubmit();
