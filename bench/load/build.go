package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed debug.go.txt
var debugSource []byte

// build compiles a package of the module into a folder. With debug the program also serves net/http/pprof: the file
// that does so is laid over the module for this build only.
func build(ctx context.Context, folder, pkg string, debug bool) (binary string, err error) {
	root, err := moduleRoot(ctx)
	if err != nil {
		return "", err
	}
	progress("builds %s", pkg)
	binary = filepath.Join(folder, filepath.Base(filepath.Join("xiaohe", pkg)))
	args := []string{"build", "-o", binary}
	if debug {
		source, overlay := filepath.Join(folder, "debug.go"), filepath.Join(folder, "overlay.json")
		layer, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(root, "bench_debug.go"): source}})
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(source, debugSource, 0o600); err != nil {
			return "", err
		}
		if err := os.WriteFile(overlay, layer, 0o600); err != nil {
			return "", err
		}
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, pkg)...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build %s: %w\n%s", pkg, err, out)
	}
	return binary, nil
}

// moduleRoot is where the module's go.mod lies.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(out))), nil
}
