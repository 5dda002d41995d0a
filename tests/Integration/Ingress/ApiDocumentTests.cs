using System.Text.Json;
using System.Text.Json.Nodes;
using TreasureHunt.Cli.Boxes;

namespace TreasureHunt.Tests.Integration.Ingress;

public sealed class ApiDocumentTests(WholeEngine engine) : IClassFixture<WholeEngine>
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>After a wanted change: HUNT_WRITE_DOCS=1 ./hunt test, then look at the difference.</summary>
    [Fact]
    public async Task The_checked_in_OpenAPI_document_is_what_the_ingress_serves()
    {
        var served = JsonNode.Parse(await engine.Ingress.Http.GetStringAsync("/openapi/v1.json"))!.ToJsonString(Indented) + "\n";
        var path = Path.Combine(Box.RepositoryRoot(), "docs", "api", "openapi.json");
        if (Environment.GetEnvironmentVariable("HUNT_WRITE_DOCS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, served);
        }
        Assert.Equal(await File.ReadAllTextAsync(path), served);
    }
}
