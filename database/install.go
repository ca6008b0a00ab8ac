package database

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	minMajor  = 15 // PostgreSQL: the oldest with everything the SQL uses
	minVector = "0.8.0"
)

// installation is one set of PostgreSQL programs on this machine.
type installation struct {
	bin    string   // directory of postgres, initdb, pg_dump, …
	major  int      // 15, 16, …
	vector string   // version of the pgvector beside it, "" if there is none
	env    []string // what its programs need besides PATH
}

// usable reports whether the installation can hold this program's tables.
func (i installation) usable() bool {
	return i.major >= minMajor && i.vector != "" && !versionLess(i.vector, minVector)
}

// command prepares one of the installation's programs. The environment is fixed: PGDATA, PGPORT
// and the like in the user's environment are meant for other databases.
func (i installation) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(i.bin, name), args...)
	cmd.Env = append([]string{"PATH=" + i.bin + ":/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}, i.env...)
	cmd.Dir = "/"
	return cmd
}

// binPatterns are where distributions and Homebrew keep the server programs.
var binPatterns = []string{
	"/usr/lib/postgresql/*/bin",                // Debian, Ubuntu
	"/usr/pgsql-*/bin",                         // PostgreSQL's own RPMs
	"/usr/libexec/postgresql*",                 // Alpine
	"/opt/homebrew/opt/postgresql@*/bin",       // Homebrew on Apple silicon
	"/usr/local/opt/postgresql@*/bin",          // Homebrew on Intel
	"/home/linuxbrew/.linuxbrew/opt/post*/bin", // Homebrew on Linux
}

// findInstallations lists the server programs on this machine, in the order of binDirs.
func findInstallations(prefix string) []installation {
	var all []installation
	for _, bin := range binDirs(prefix) {
		if i, ok := inspect(bin, prefix); ok {
			all = append(all, i)
		}
	}
	return all
}

// binDirs lists the directories that may hold PostgreSQL's programs: that in PATH, then the known
// places, newest first, then what bootstrap unpacked under prefix.
func binDirs(prefix string) []string {
	var bins []string
	for _, name := range []string{"postgres", "pg_dump"} {
		if path, err := exec.LookPath(name); err == nil {
			if path, err = filepath.EvalSymlinks(path); err == nil {
				bins = append(bins, filepath.Dir(path))
			}
		}
	}
	var known []string
	for _, pattern := range binPatterns {
		found, _ := filepath.Glob(pattern) // the patterns are constants: no syntax error
		known = append(known, found...)
	}
	slices.SortStableFunc(known, func(a, b string) int { return pathMajor(b) - pathMajor(a) })
	bins = append(bins, known...)
	if prefix != "" {
		private, _ := filepath.Glob(filepath.Join(prefix, "usr/lib/postgresql/*/bin"))
		bins = append(bins, private...)
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(bins, func(bin string) bool {
		again := seen[bin]
		seen[bin] = true
		return again
	})
}

var (
	numberInPath   = regexp.MustCompile(`(\d+)`)
	versionOutput  = regexp.MustCompile(`PostgreSQL\) (\d+)`)
	controlVersion = regexp.MustCompile(`(?m)^default_version *= *'([^']+)'`)
)

func pathMajor(path string) int {
	n, _ := strconv.Atoi(numberInPath.FindString(path))
	return n
}

// at is the installation in bin, about which nothing more is known yet.
func at(bin, prefix string) installation {
	i := installation{bin: bin}
	if prefix != "" && strings.HasPrefix(bin, prefix+"/") {
		libraries, _ := filepath.Glob(filepath.Join(prefix, "usr/lib/*-linux-gnu*"))
		i.env = []string{"LD_LIBRARY_PATH=" + strings.Join(libraries, ":")}
	}
	return i
}

// inspect asks the programs in bin who they are. ok is false when they cannot run a server.
func inspect(bin, prefix string) (i installation, ok bool) {
	for _, name := range []string{"postgres", "initdb", "pg_config"} {
		if _, err := exec.LookPath(filepath.Join(bin, name)); err != nil {
			return i, false
		}
	}
	i = at(bin, prefix)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if i.major = majorOf(ctx, i, "postgres"); i.major == 0 {
		return i, false
	}
	share, err := i.command(ctx, "pg_config", "--sharedir").Output()
	if err != nil {
		return i, false
	}
	control, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(share)), "extension", "vector.control"))
	if err == nil {
		if found := controlVersion.FindSubmatch(control); found != nil {
			i.vector = string(found[1])
		}
	}
	return i, true
}

// majorOf asks a program for its major version; 0 if it does not run.
func majorOf(ctx context.Context, i installation, program string) int {
	text, err := i.command(ctx, program, "--version").Output()
	if err != nil {
		return 0
	}
	found := versionOutput.FindSubmatch(text)
	if found == nil {
		return 0
	}
	major, _ := strconv.Atoi(string(found[1]))
	return major
}

// pick returns the first usable installation of the wanted major version; any major if it is 0.
func pick(all []installation, major int) (installation, bool) {
	for _, i := range all {
		if i.usable() && (major == 0 || i.major == major) {
			return i, true
		}
	}
	return installation{}, false
}

// versionLess compares dotted version numbers; a suffix such as "-1" is not looked at.
func versionLess(a, b string) bool {
	return slices.Compare(versionNumbers(a), versionNumbers(b)) < 0
}

func versionNumbers(v string) []int {
	var numbers []int
	for part := range strings.SplitSeq(v, ".") {
		n, err := strconv.Atoi(numberInPath.FindString(part))
		if err != nil {
			break
		}
		numbers = append(numbers, n)
	}
	return numbers
}
