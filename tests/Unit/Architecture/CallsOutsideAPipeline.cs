using System.Text.RegularExpressions;
using TreasureHunt.Cli.Boxes;

namespace TreasureHunt.Tests.Unit.Architecture;

/// <summary>
/// docs/adr/0008: what goes out goes by a pipeline, whose numbers are settings. A call to a server beside them is added to the lists here, with a thought.
/// </summary>
public sealed class CallsOutsideAPipeline
{
    /// <summary>What the decision excepts, in its words.</summary>
    private static readonly (string Place, string Words)[] Excepted =
    [
        ("src/Ingress/Lanes/LaneCount.cs", "reading the lane count at start"),
        ("src/Processors/Storage/HuntStore.cs", "reading the lane count at start"), // and provisioning: see below
        ("src/Processors/Views/ActionsTable.cs", "Marten's daemon"), // and the rebuild: a command
        ("src/Processors/Views/ViewLag.cs", "the watch over the analysts' tables"),
        ("src/Processors/Lanes/LaneReporter.cs", "lane reports"),
        ("src/ConfigService/Lanes/LaneDepths.cs", "lane depths"),
        ("src/ServiceDefaults/Bus/LaneTopology.cs", "declaring queues"),
    ];

    /// <summary>What it does not speak of: commands, which have nobody to give them settings.</summary>
    private static readonly string[] Commands = ["src/ConfigService/Settings/SettingsStore.cs", "src/Cli/"]; // hunt migrate makes the tables

    [Fact]
    public void Only_what_the_decision_excepts_calls_a_server_beside_the_pipelines() =>
        Assert.Empty(SourceFile.All().Where(file => !Places.Any(file.IsUnder)).SelectMany(OutgoingCalls.Outside));

    [Fact]
    public void What_is_excepted_is_in_the_decision_and_still_needs_to_be()
    {
        var decision = Regex.Replace(File.ReadAllText(Path.Combine(Box.RepositoryRoot(), "docs/adr/0008-pipelines-are-live-settings.md")), @"\s+", " ").Split("Not in a pipeline:")[1];
        Assert.All(Excepted, excepted => Assert.Contains(excepted.Words, decision));
        Assert.All(Places, place => Assert.NotEmpty(SourceFile.All().Where(file => file.IsUnder(place)).SelectMany(OutgoingCalls.Outside)));
    }

    [Fact]
    public void Most_calls_of_a_process_are_found_and_go_by_one() =>
        Assert.True(SourceFile.All().Where(file => !Places.Any(file.IsUnder)).Sum(OutgoingCalls.Count) > 15);

    // The rule can fail: each file here is made to break it, or just not to.

    [Theory]
    [InlineData("async Task M() { await session.SaveChangesAsync(cancel); }")]
    [InlineData("async Task M() { await command.ExecuteReaderAsync(); await calls.RepeatableAsync(attempt => command.ExecuteScalarAsync(attempt), cancel); }")]
    [InlineData("async Task M() { var found = await session.Query<LatestReceipt>().Take(3).ToListAsync(cancel); }")]
    [InlineData("async Task M() { var events = await session.Events.FetchStreamAsync(name, token: cancel); }")]
    [InlineData("async Task M() { await bus.SendWithinAsync(address, message, pipe, cancel); }")]
    [InlineData("async Task M() { await retry.ExecuteAsync(async token => await command.ExecuteNonQueryAsync(token)); }")] // tried again, but by nobody's settings
    [InlineData("async Task M() { await _http.GetAsync(address); }")]
    [InlineData("async Task M() { await calls.OnceAsync(attempt => AskAsync(attempt), cancel); await AskAsync(cancel); }\n    private async Task AskAsync(CancellationToken cancel) => await command.ExecuteReaderAsync(cancel);")]
    public void A_call_beside_them_is_found(string method) => Assert.Single(OutgoingCalls.Outside(Of(method)));

    [Theory]
    [InlineData("async Task M() { await calls.OnceAsync(static async (session, attempt) => await session.SaveChangesAsync(attempt), session, cancel); }")]
    [InlineData("async Task M() { await calls.RepeatableAsync<(int A, int B), List<int>>(async attempt => { await using var rows = await command.ExecuteReaderAsync(attempt); }, cancel); }")]
    [InlineData("async Task M() { await pipelines.Broker.ExecuteAsync(async (call, attempt) => await call.Bus.SendWithinAsync(call.Address, call.Message, pipe, attempt), state, cancel); }")]
    [InlineData("async Task M() { await calls.OnceAsync((call, attempt) => call.Log.AskAsync(attempt), this, cancel); }\n    private async Task AskAsync(CancellationToken cancel) => await command.ExecuteReaderAsync(cancel);")]
    [InlineData("// session.SaveChangesAsync(cancel) is not for here")]
    public void A_call_by_one_is_not(string method) => Assert.Empty(OutgoingCalls.Outside(Of(method)));

    private static IEnumerable<string> Places => Excepted.Select(excepted => excepted.Place).Concat(Commands);

    private static SourceFile Of(string method) => new("src/Processors/Lanes/Lane.cs", $"class C\n{{\n    public {method}\n}}\n");
}
