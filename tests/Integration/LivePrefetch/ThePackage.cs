using System.IO.Compression;
using System.Xml.Linq;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Servers;
using TreasureHunt.Cli.Tests;

namespace TreasureHunt.Tests.Integration.Prefetch;

/// <summary>dotnet pack src/LivePrefetch, as built: what somebody outside this project gets.</summary>
public sealed class ThePackage : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("live-prefetch-");
    private ZipArchive _package = null!;
    private XElement _about = null!;

    public async Task InitializeAsync()
    {
        var configuration = typeof(ThePackage).Assembly.Location.Contains("/Debug/", StringComparison.Ordinal) ? "Debug" : "Release";
        var packed = await Programs.RunAsync(
            TestProject.Dotnet, ["pack", "src/LivePrefetch", "-c", configuration, "--no-build", "--nologo", "-o", _folder.FullName],
            TimeSpan.FromMinutes(5), default, TestProject.NoBuildServers, Box.RepositoryRoot());
        Assert.True(packed.Ok, packed.Said);
        _package = ZipFile.OpenRead(Assert.Single(_folder.GetFiles("TreasureHunt.LivePrefetch.*.nupkg")).FullName);
        using var nuspec = _package.GetEntry("TreasureHunt.LivePrefetch.nuspec")!.Open();
        _about = XElement.Load(nuspec).Elements().Single();
    }

    [Fact]
    public void It_holds_the_library_with_its_documentation_the_readme_and_the_licence_and_needs_the_bus_alone()
    {
        var files = _package.Entries.Select(entry => entry.FullName).ToList();
        Assert.Contains("lib/net10.0/TreasureHunt.LivePrefetch.dll", files);
        Assert.Contains("lib/net10.0/TreasureHunt.LivePrefetch.xml", files);
        Assert.Contains("README.md", files);
        Assert.Contains("LICENSE", files);
        Assert.Single(files, file => file.EndsWith(".dll", StringComparison.Ordinal));

        Assert.Equal("MIT", Of("license"));
        Assert.Equal("README.md", Of("readme"));
        Assert.NotEmpty(Of("description"));
        var needs = Assert.Single(_about.Descendants(), element => element.Name.LocalName == "dependency");
        Assert.Equal("MassTransit.RabbitMQ", (string?)needs.Attribute("id"));
        Assert.Equal("[8.5.12, 9.0.0)", (string?)needs.Attribute("version")); // 9 needs a commercial licence
    }

    private string Of(string name) => _about.Elements().Single(element => element.Name.LocalName == name).Value;

    public Task DisposeAsync()
    {
        _package?.Dispose();
        _folder.Delete(recursive: true);
        return Task.CompletedTask;
    }
}
