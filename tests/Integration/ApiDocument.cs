using System.Text.Json;
using System.Text.Json.Nodes;
using TreasureHunt.Cli.Boxes;

namespace TreasureHunt.Tests.Integration;

internal static class ApiDocument
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>A service serves the OpenAPI document that is checked in. After a wanted change: HUNT_WRITE_DOCS=1 ./hunt test, then look at the difference.</summary>
    /// <param name="checkedIn">file under docs/api</param>
    /// <returns>the document</returns>
    public static async Task<JsonNode> IsCheckedInAsync(string checkedIn, string served)
    {
        var document = JsonNode.Parse(served)!;
        var text = document.ToJsonString(Indented) + "\n";
        var path = Path.Combine(Box.RepositoryRoot(), "docs", "api", checkedIn);
        if (Environment.GetEnvironmentVariable("HUNT_WRITE_DOCS") == "1") await File.WriteAllTextAsync(path, text);
        Assert.Equal(await File.ReadAllTextAsync(path), text);
        return document;
    }
}
