package knowledge

import (
	"context"
	"io/fs"
)

// RuleFiles are the files of a stored rule set, to be read, taken away or built upon.
func (s *Store) RuleFiles(ctx context.Context, version string) (fs.FS, error) {
	_, texts, err := s.stored(ctx, version)
	if err != nil {
		return nil, err
	}
	return inMemory(texts), nil
}
