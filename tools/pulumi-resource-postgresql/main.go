// The postgresql resource plugin, built from its public parts where the published binary cannot be downloaded.
// Same upstream provider, same tokens and defaults as the published plugin of this version.
package main

import (
	_ "embed"
	"encoding/json"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/terraform-providers/terraform-provider-postgresql/postgresql"
)

const version = "3.18.1"

func provider() tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:                shimv2.NewProvider(postgresql.Provider()),
		Name:             "postgresql",
		Version:          version,
		MetadataInfo:     tfbridge.NewProviderMetadata([]byte("{}")),
		EnableZeroDefaultSchemaVersion: true,
	}
	info.MustComputeTokens(tokens.SingleModule("postgresql_", "index", tokens.MakeStandard("postgresql")))
	return info
}

func main() {
	schema, err := json.Marshal(map[string]any{"name": "postgresql", "version": version})
	if err != nil {
		panic(err)
	}
	tfbridge.Main("postgresql", version, provider(), schema)
}
