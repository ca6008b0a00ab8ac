package benefit

import (
	"bytes"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "write the files that are generated")

const seedFolder = "../seed/benefits"

// seed loads the embedded rule set once.
func seed(t testing.TB) *Book {
	t.Helper()
	book, problems := Load(os.DirFS(seedFolder))
	if book == nil {
		t.Fatalf("the seed rules do not load: %v", problems)
	}
	return book
}

func TestSchemasAreCurrent(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(seedFolder, "schema")
	schemas := Schemas(seed(t))
	if *update {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range schemas {
		file := filepath.Join(folder, name)
		if *update {
			if err := os.WriteFile(file, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the vocabulary and the dictionary say; run go test ./knowledge/benefit -run Schemas -update", file)
		}
	}
}

// compiled compiles the schemas of a book.
func compiled(t *testing.T, b *Book) map[string]*jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	schemas := Schemas(b)
	for name, text := range schemas {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiler.AddResource(name, doc); err != nil {
			t.Fatal(err)
		}
	}
	found := map[string]*jsonschema.Schema{}
	for name := range schemas {
		s, err := compiler.Compile(name)
		if err != nil {
			t.Fatal(err)
		}
		found[name] = s
	}
	return found
}

// schemaOf is the schema for a document of a file.
func schemaOf(file string, document any) string {
	switch dir, _, _ := strings.Cut(file, "/"); {
	case dir == "cases":
		return "cases.json"
	case dir == "national" || dir == "local":
		if rule, ok := document.(map[string]any); ok && rule["改"] != nil {
			return "changes.json"
		}
		return "rules.json"
	}
	return strings.TrimSuffix(file, ".yaml") + ".json"
}

func documentsOf(t *testing.T, text string) []any {
	t.Helper()
	var found []any
	decoder := yaml.NewDecoder(strings.NewReader(text))
	for {
		var document any
		if err := decoder.Decode(&document); err != nil {
			return found
		}
		found = append(found, document)
	}
}

func TestEverySeedFileFitsItsSchema(t *testing.T) {
	t.Parallel()
	schemas := compiled(t, seed(t))
	files := os.DirFS(seedFolder)
	checked := 0
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".yaml" {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		for i, document := range documentsOf(t, string(data)) {
			s := schemas[schemaOf(name, document)]
			if s == nil {
				t.Errorf("no schema for %s", name)
				continue
			}
			checked++
			if err := s.Validate(document); err != nil {
				t.Errorf("%s, document %d: %v", name, i+1, err)
			}
		}
		return nil
	})
	if err != nil || checked < 4 {
		t.Fatalf("%d documents checked, %v", checked, err)
	}
}

func TestSchemasRejectWhatTheLoaderRejects(t *testing.T) {
	t.Parallel()
	schemas := compiled(t, small(t))
	for name, file := range smallSet {
		for _, document := range documentsOf(t, string(file.Data)) {
			if err := schemas[schemaOf(name, document)].Validate(document); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for _, m := range mistakes {
		if !m.schema {
			continue
		}
		text := m.in(t)
		valid := true
		for _, document := range documentsOf(t, text) {
			valid = valid && schemas[schemaOf(m.file, document)].Validate(document) == nil
		}
		if valid {
			t.Errorf("%s: the schema accepts it", m.name)
		}
	}
	if !slices.ContainsFunc(mistakes, func(m mistake) bool { return m.schema }) {
		t.Error("no mistake is meant for the schema")
	}
}

func TestSchemasKnowEveryKeyOfTheLoader(t *testing.T) {
	t.Parallel()
	s := schemas{seed(t).Dictionary}
	same := func(what string, schema object, keys []string) {
		got := slices.Sorted(maps.Keys(schema["properties"].(object)))
		if want := slices.Sorted(slices.Values(keys)); !slices.Equal(got, want) {
			t.Errorf("%s: the schema has %v, the loader %v", what, got, want)
		}
	}
	same("rules", s.rule(), ruleKeys)
	same("changes", s.change(), overlayKeys)
	facts := s.facts()["patternProperties"].(object)
	for _, fact := range facts {
		same("facts", fact.(object), factKeys)
	}
}
