/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_CMD_NOTE_H
#define NF_STAGE_CMD_NOTE_H

/*
 * Notes on a run: RUN/_nf/note-TIME-HASH.json, one JSON object each, so that
 * people can read later how a run went.  Like every object of a run they are
 * created and never replaced.  Nothing that put, cat or mark does depends on
 * them.
 */
struct app;
struct options;
struct store;

/**
 * cmd_note(s, o, app):
 * Store the JSON object on stdin, one line of at most 256 KiB, as a note.
 * Return 0, or -1 with app->err: ERR_DATA if stdin is not such an object.
 */
int cmd_note(struct store *s, const struct options *o, struct app *app);

/**
 * cmd_note_list(s, o, app):
 * Write all notes to stdout, one per line, oldest first.  Return 0 or -1.
 */
int cmd_note_list(struct store *s, const struct options *o, struct app *app);

#endif /* !NF_STAGE_CMD_NOTE_H */
