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

// build compiles the program under test, and the echo server, into a folder. With debug the program also serves
// net/http/pprof: the file that does so is laid over the module for this build only.
func build(ctx context.Context, folder string, debug bool) (program, echo string, err error) {
	root, err := moduleRoot(ctx)
	if err != nil {
		return "", "", err
	}
	program, echo = filepath.Join(folder, "xiaohe"), filepath.Join(folder, "echo")
	args := []string{"build"}
	if debug {
		source, overlay := filepath.Join(folder, "debug.go"), filepath.Join(folder, "overlay.json")
		layer, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(root, "bench_debug.go"): source}})
		if err != nil {
			return "", "", err
		}
		if err := os.WriteFile(source, debugSource, 0o600); err != nil {
			return "", "", err
		}
		if err := os.WriteFile(overlay, layer, 0o600); err != nil {
			return "", "", err
		}
		args = append(args, "-overlay", overlay)
	}
	if err := goTool(ctx, root, append(args, "-o", program, ".")...); err != nil {
		return "", "", err
	}
	return program, echo, goTool(ctx, root, "build", "-o", echo, "./bench/echo")
}

func goTool(ctx context.Context, dir string, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// moduleRoot is where the module's go.mod lies.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(out))), nil
}
