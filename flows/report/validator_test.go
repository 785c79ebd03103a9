package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// A validator checks JSON values against the subset of JSON Schema 2020-12 that schema.json uses. A keyword that it does
// not know is an error, so that nothing in the schema goes unchecked.
type validator struct {
	root map[string]any
}

// annotations are the keywords that assert nothing.
var annotations = []string{"$schema", "$id", "$defs", "title", "description", "required", "additionalProperties"}

// newValidator reads a schema.
func newValidator(schema []byte) (*validator, error) {
	root, err := decodeJSON(schema)
	if err != nil {
		return nil, err
	}
	object, ok := root.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("a schema must be an object")
	}
	return &validator{root: object}, nil
}

// decodeJSON reads one value and keeps numbers exact.
func decodeJSON(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, fmt.Errorf("something follows the value")
	}
	return v, nil
}

// check returns the first violation, with the path to it; nil if there is none.
func (v *validator) check(schema map[string]any, value any, path string) error {
	for _, word := range slices.Sorted(maps.Keys(schema)) {
		if slices.Contains(annotations, word) {
			continue
		}
		keyword := keywords[word]
		if keyword == nil {
			return fmt.Errorf("%s: the validator does not know the keyword %q", path, word)
		}
		if err := keyword(v, schema[word], value, path); err != nil {
			return err
		}
	}
	return v.checkMembers(schema, value, path)
}

// checkMembers is required and additionalProperties, which must know properties.
func (v *validator) checkMembers(schema map[string]any, value any, path string) error {
	object, ok := value.(map[string]any)
	if !ok {
		return nil
	}
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if _, ok := object[name.(string)]; !ok {
			return fmt.Errorf("%s: %s is missing", path, name)
		}
	}
	properties, _ := schema["properties"].(map[string]any)
	for name, member := range object {
		if properties[name] != nil {
			continue
		}
		switch extra := schema["additionalProperties"].(type) {
		case bool:
			if !extra {
				return fmt.Errorf("%s: %s is not in the schema", path, name)
			}
		case map[string]any:
			if err := v.check(extra, member, path+"."+name); err != nil {
				return err
			}
		}
	}
	return nil
}

// keywords holds the assertion of each keyword.
var keywords map[string]func(v *validator, word, value any, path string) error

func init() {
	keywords = map[string]func(v *validator, word, value any, path string) error{
		"$ref": func(v *validator, word, value any, path string) error {
			pointer, ok := strings.CutPrefix(word.(string), "#/")
			target := v.root
			for name := range strings.SplitSeq(pointer, "/") {
				target, _ = target[name].(map[string]any)
			}
			if !ok || target == nil {
				return fmt.Errorf("%s: the schema has no %s", path, word)
			}
			return v.check(target, value, path)
		},
		"type": func(_ *validator, word, value any, path string) error {
			types, ok := word.([]any)
			if !ok {
				types = []any{word}
			}
			for _, t := range types {
				if typeOf(value) == t || t == "number" && typeOf(value) == "integer" {
					return nil
				}
			}
			return fmt.Errorf("%s: %s, want %v", path, typeOf(value), types)
		},
		"enum": func(_ *validator, word, value any, path string) error {
			if slices.Contains(word.([]any), value) {
				return nil
			}
			return fmt.Errorf("%s: %v is not one of the values allowed", path, value)
		},
		"const": func(_ *validator, word, value any, path string) error {
			if word != value {
				return fmt.Errorf("%s: %v, want %v", path, value, word)
			}
			return nil
		},
		"minimum": func(_ *validator, word, value any, path string) error { return bound(word, value, path) },
		"maximum": func(_ *validator, word, value any, path string) error { return bound(value, word, path) },
		"pattern": func(_ *validator, word, value any, path string) error {
			if s, ok := value.(string); ok && !regexp.MustCompile(word.(string)).MatchString(s) {
				return fmt.Errorf("%s: %q does not match %s", path, s, word)
			}
			return nil
		},
		"minLength": func(_ *validator, word, value any, path string) error {
			if s, ok := value.(string); ok {
				return bound(word, json.Number(fmt.Sprint(utf8.RuneCountInString(s))), path)
			}
			return nil
		},
		"maxItems": func(_ *validator, word, value any, path string) error {
			if list, ok := value.([]any); ok {
				return bound(json.Number(fmt.Sprint(len(list))), word, path)
			}
			return nil
		},
		"items": func(v *validator, word, value any, path string) error {
			list, _ := value.([]any)
			for i, item := range list {
				if err := v.check(word.(map[string]any), item, fmt.Sprintf("%s[%d]", path, i)); err != nil {
					return err
				}
			}
			return nil
		},
		"properties": func(v *validator, word, value any, path string) error {
			object, _ := value.(map[string]any)
			for name, schema := range word.(map[string]any) {
				if member, ok := object[name]; ok {
					if err := v.check(schema.(map[string]any), member, path+"."+name); err != nil {
						return err
					}
				}
			}
			return nil
		},
		"propertyNames": func(v *validator, word, value any, path string) error {
			object, _ := value.(map[string]any)
			for name := range object {
				if err := v.check(word.(map[string]any), name, path+": the name "+name); err != nil {
					return err
				}
			}
			return nil
		},
		"anyOf": func(v *validator, word, value any, path string) error { return v.some(word, value, path, 99) },
		"oneOf": func(v *validator, word, value any, path string) error { return v.some(word, value, path, 1) },
	}
}

// some asks that at least one of the schemas holds, and at most that many.
func (v *validator) some(schemas, value any, path string, most int) error {
	hold := 0
	var faults []string
	for _, schema := range schemas.([]any) {
		if err := v.check(schema.(map[string]any), value, path); err != nil {
			faults = append(faults, err.Error())
		} else {
			hold++
		}
	}
	if hold == 0 || hold > most {
		return fmt.Errorf("%s: %d of the alternatives hold: %s", path, hold, strings.Join(faults, " | "))
	}
	return nil
}

// bound asks that low is not above high, where both are numbers.
func bound(low, high any, path string) error {
	a, okA := low.(json.Number)
	b, okB := high.(json.Number)
	if !okA || !okB {
		return nil
	}
	x, _ := new(big.Rat).SetString(a.String())
	y, _ := new(big.Rat).SetString(b.String())
	if x.Cmp(y) > 0 {
		return fmt.Errorf("%s: %s is above %s", path, a, b)
	}
	return nil
}

// typeOf names the type of a value as JSON Schema does.
func typeOf(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	case json.Number:
		if r, ok := new(big.Rat).SetString(value.String()); ok && r.IsInt() {
			return "integer"
		}
		return "number"
	}
	return "unknown"
}

// validate checks a text against a definition of schema.json, or against all of it where name is empty.
func validate(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := validationError(t, name, text); err != nil {
		t.Errorf("the schema does not allow it: %v\n%s", err, text)
	}
}

func validationError(t *testing.T, name string, text []byte) error {
	t.Helper()
	v, err := newValidator(SchemaJSON)
	if err != nil {
		t.Fatalf("schema.json: %v", err)
	}
	value, err := decodeJSON(text)
	if err != nil {
		t.Fatalf("not JSON: %v\n%s", err, text)
	}
	schema := v.root
	if name != "" {
		schema = map[string]any{"$ref": "#/$defs/" + name}
	}
	return v.check(schema, value, "$")
}
