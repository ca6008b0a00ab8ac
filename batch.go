package main

import (
	"encoding/json"
	"fmt"

	"golang.org/x/sync/errgroup"

	"xiaohe/knowledge"
	"xiaohe/knowledge/measure"
)

// batchWorkers answer a batch side by side; the output keeps the order of the file.
const batchWorkers = 4

// batch reads a JSONL file, works on each line and prints one JSON line for each, in order.
func batch[In any](s *session, file string, work func(In) (any, error)) error {
	lines, err := measure.ReadJSONL[In](file)
	if err != nil {
		return &knowledge.InputError{Message: fmt.Sprintf("读不了文件：%v", err)}
	}
	out := make([]any, len(lines))
	group := errgroup.Group{}
	group.SetLimit(batchWorkers)
	for i, in := range lines {
		group.Go(func() (err error) {
			if out[i], err = work(in); err != nil {
				return fmt.Errorf("第 %d 行：%w", i+1, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	encoder := json.NewEncoder(s.out)
	for _, line := range out {
		if err := encoder.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
