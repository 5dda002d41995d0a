using System.Reflection;
using System.Text.RegularExpressions;

namespace TreasureHunt.Tests.Unit.Architecture;

/// <summary>
/// ARCHITECTURE.md's dependencies, held by tests: they point one way, and the bus and the event store are seen only where
/// their messages and rows enter and leave. A new file that is such a place is added to the lists here, with a thought.
/// </summary>
public sealed class DependencyRules
{
    /// <summary>Where messages enter and leave.</summary>
    private static readonly string[] BusPlaces =
    [
        "src/LivePrefetch/", "src/ServiceDefaults/Bus/", "src/ServiceDefaults/Settings/",
        "src/Processors/Lanes/Lanes.cs", "src/Processors/Lanes/LaneSeat.cs", "src/Processors/Lanes/LaneReceiver.cs", "src/Processors/Lanes/Announcer.cs",
        "src/Processors/Lanes/LaneReporter.cs", "src/ConfigService/Lanes/LaneRegistration.cs",
        "src/Processors/Parked/ParkedIntakeConsumer.cs",
        "src/Ingress/IngressBuses.cs", "src/Ingress/Lanes/LanePublisher.cs", "src/Ingress/Outcomes/", "src/Ingress/Intake/", "src/Ingress/Views/FactsEndpoint.cs",
        "src/ConfigService/Settings/",
        "src/ConfigService/Fleet/",
    ];

    /// <summary>Where rows enter and leave.</summary>
    private static readonly string[] StorePlaces =
    [
        "src/Processors/Storage/", "src/Processors/Views/", "src/Processors/Parked/ParkedTable.cs", "src/ConfigService/Settings/",
        "src/ConfigService/Fleet/", // receipts are stored documents
    ];

    private static readonly string[] Services = ["Ingress", "Processors", "ConfigService"];

    [Fact]
    public void The_bus_library_is_seen_only_where_messages_enter_and_leave() =>
        Assert.Empty(Outside(SourceFile.All(), "MassTransit", BusPlaces));

    [Fact]
    public void The_event_store_library_is_seen_only_where_rows_enter_and_leave() =>
        Assert.Empty(new[] { "Marten", "JasperFx", "Weasel" }.SelectMany(space => Outside(SourceFile.All(), space, StorePlaces)));

    [Fact]
    public void What_decides_sees_only_the_framework_and_the_contracts() =>
        Assert.Empty(Impure(SourceFile.All()));

    [Fact]
    public void Contracts_need_no_package_and_no_project()
    {
        var project = File.ReadAllText(Path.Combine(Cli.Boxes.Box.RepositoryRoot(), "src/Contracts/Contracts.csproj"));
        Assert.DoesNotMatch("<(PackageReference|ProjectReference|FrameworkReference)", project);
        Assert.DoesNotContain(ReferencesOf("Contracts"), name => !name.StartsWith("System.", StringComparison.Ordinal));
    }

    [Fact]
    public void Services_meet_in_contracts_and_on_the_bus_and_never_reference_each_other()
    {
        foreach (var service in Services) Assert.Empty(ReferencesOf(service).Intersect(Services.Select(Assembly)));
        Assert.Empty(ReferencesOf("ServiceDefaults").Where(name => name.StartsWith("TreasureHunt.", StringComparison.Ordinal)).Except([Assembly("Contracts")]));
    }

    [Fact]
    public void The_prefetch_package_knows_the_bus_library_and_nothing_of_this_engine() =>
        Assert.All(ReferencesOf("LivePrefetch"), name => Assert.Matches(@"^(System\.|MassTransit|RabbitMQ\.Client$)", name));

    [Fact]
    public void No_folder_is_named_after_a_kind() =>
        Assert.DoesNotContain(SourceFile.All().Select(file => file.Path), path =>
            Regex.IsMatch(path, "/(Helpers?|Utils?|Utilities|Common|Shared|Models?|Interfaces|Commands|Handlers|Extensions|Misc)/"));

    // The rules can fail: each one here judges a file made to break it.

    [Theory]
    [InlineData("using MassTransit;")]
    [InlineData("using MassTransit.RabbitMqTransport;")]
    [InlineData("using Bus = MassTransit.IBus;")]
    [InlineData("class C { MassTransit.IBus bus; }")]
    public void A_bus_type_in_the_game_is_found(string text) =>
        Assert.Single(Outside([new SourceFile("src/Processors/Hunts/Decide.cs", text)], "MassTransit", BusPlaces));

    [Theory]
    [InlineData("// MassTransit.IBus is not for here")]
    [InlineData("var name = \"MassTransit.Meter\";")]
    [InlineData("using NotMassTransit.Things;")]
    public void A_mere_mention_is_not(string text) =>
        Assert.Empty(Outside([new SourceFile("src/Processors/Hunts/Decide.cs", text)], "MassTransit", BusPlaces));

    [Theory]
    [InlineData("using Npgsql;")]
    [InlineData("using Microsoft.Extensions.Logging;")]
    [InlineData("using TreasureHunt.ServiceDefaults.Store;")]
    [InlineData("class C { async Task M() { await Task.Yield(); } }")]
    [InlineData("class C { Guid Id = Guid.NewGuid(); }")]
    [InlineData("class C(TimeProvider clock);")]
    public void Impure_code_in_the_game_is_found(string text) =>
        Assert.Single(Impure([new SourceFile("src/Processors/Hunts/Decide.cs", text)]));

    private static IEnumerable<string> Outside(IEnumerable<SourceFile> files, string space, string[] places) =>
        files.Where(file => file.Names(space) && !places.Any(file.IsUnder)).Select(file => $"{file.Path} names {space}");

    private static IEnumerable<string> Impure(IEnumerable<SourceFile> files) =>
        files.Where(file => file.IsUnder("src/Processors/Hunts/") || file.IsUnder("src/Contracts/"))
            .Where(file =>
                file.Says(@"\busing\s+(static\s+)?(?!System\b|TreasureHunt\.Contracts\b|TreasureHunt\.Processors\.Hunts\b)\w+(\.\w+)*\s*;")
                || (file.IsUnder("src/Processors/Hunts/") && file.Says(@"\bawait\b|\bTimeProvider\b|\bILogger\b|Guid\.(NewGuid|CreateVersion7)\b")))
            .Select(file => file.Path);

    private static string Assembly(string project) => "TreasureHunt." + project;

    /// <summary>As built: what an assembly really uses, whatever the project file allows.</summary>
    private static IEnumerable<string> ReferencesOf(string project) =>
        System.Reflection.Assembly.Load(Assembly(project)).GetReferencedAssemblies().Select(name => name.Name ?? "");
}
