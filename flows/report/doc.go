// Package report writes what package flows found: the table for people, and JSON, NDJSON and CSV for programs. One file
// holds one format; none of them judges anything.
//
// The JSON's shape is versioned by Schema and described by schema.json (JSON Schema, draft 2020-12), which the package
// embeds. Members keep their names and meaning within one version; new ones may be added.
package report

import _ "embed"

// Schema is the name and version of the JSON's shape, the first member of every document and of every NDJSON summary.
const Schema = "tcpclose/1"

// SchemaJSON is the JSON Schema (draft 2020-12) of the document, of a conversation and of a summary.
//
//go:embed schema.json
var SchemaJSON []byte
