using TreasureHunt.Cli.Demo;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Ingress.Actions;

namespace TreasureHunt.Tests.Unit.Demo;

public class LedgerTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private readonly Ledger _ledger = new();

    private SubmitAnswer Sent(string actor)
    {
        var action = new SubmitAnswer("king", "guess") { ActionId = Guid.CreateVersion7(Noon) };
        _ledger.Sending(actor, action);
        return action;
    }

    private static ActionReply Wrong(HuntAction action, long version) => new(action.ActionId, ReplyStatus.Applied, version, Noon, FactNames.AnswerWrong);

    private static VersionedFact Stored(long version, string actor, HuntAction action, HuntFact? fact = null) => new(version,
        (fact ?? new AnswerWrong("reds", "king", "mac", 0)) with { Stamp = new Stamp(Noon, action.ActionId, actor, "print", 0, 1, "ingress-1", "processor-1") });

    private async Task<Conservation> CheckAsync(params VersionedFact[] stream) =>
        await Conservation.CheckAsync(_ledger, stream.ToAsyncEnumerable(), _ => { });

    [Fact]
    public void The_same_answer_twice_is_fine_and_another_one_a_contradiction()
    {
        var action = Sent("ann");
        _ledger.Sending("ann", action);
        _ledger.Learned("ann", ActionReply.Pending(action.ActionId));
        Assert.Equal((1, 2L, 0), (_ledger.Count, _ledger.Sendings, _ledger.Known));
        _ledger.Learned("ann", Wrong(action, 7));
        _ledger.Learned("ann", Wrong(action, 7));
        Assert.Equal(1, _ledger.Known);
        Assert.Empty(_ledger.Contradictions);
        _ledger.Learned("ann", Wrong(action, 8));
        _ledger.Learned("ann", Wrong(new OpenHunt { ActionId = Guid.CreateVersion7(Noon) }, 9));
        Assert.Equal(2, _ledger.Contradictions.Count);
    }

    [Fact]
    public async Task Books_hold_when_everything_sent_is_stored_once_as_it_was_told()
    {
        var (first, second) = (Sent("ann"), Sent("bob"));
        _ledger.Learned("ann", Wrong(first, 1));
        _ledger.Learned("bob", new ActionReply(second.ActionId, ReplyStatus.Refused, 2, Noon, FactNames.ActionRefused));
        var books = await CheckAsync(Stored(1, "ann", first), Stored(2, "bob", second, new ActionRefused("SubmitAnswer", RefusalCode.TreasureLocked)));
        Assert.True(books.Holds);
        Assert.Equal((2, 1, 1, 0, 2L), (books.Sent, books.Applied, books.Refused, books.Parked, books.Stored));
    }

    [Fact]
    public async Task A_lost_action_breaks_them()
    {
        _ledger.Learned("ann", Wrong(Sent("ann"), 1));
        var books = await CheckAsync();
        Assert.Equal((false, 1), (books.Holds, books.Lost));
    }

    [Fact]
    public async Task An_action_without_an_answer_breaks_them()
    {
        var books = await CheckAsync(Stored(1, "ann", Sent("ann")));
        Assert.Equal((false, 1), (books.Holds, books.Lost));
    }

    [Fact]
    public async Task A_doubled_action_breaks_them()
    {
        var action = Sent("ann");
        _ledger.Learned("ann", Wrong(action, 1));
        var books = await CheckAsync(Stored(1, "ann", action), Stored(2, "ann", action));
        Assert.Equal((false, 1), (books.Holds, books.Doubled));
    }

    [Fact]
    public async Task A_stranger_in_the_stream_breaks_them()
    {
        var action = Sent("ann");
        _ledger.Learned("ann", Wrong(action, 1));
        var books = await CheckAsync(Stored(1, "ann", action), Stored(2, "eve", action));
        Assert.Equal((false, 1), (books.Holds, books.Doubled));
    }

    [Fact]
    public async Task Being_told_otherwise_than_stored_breaks_them()
    {
        var action = Sent("ann");
        _ledger.Learned("ann", Wrong(action, 1));
        var books = await CheckAsync(Stored(1, "ann", action, new ActionRefused("SubmitAnswer", RefusalCode.TreasureLocked)));
        Assert.Equal((false, 1), (books.Holds, books.Contradicted));
    }

    [Fact]
    public async Task A_gap_in_the_stream_breaks_them()
    {
        var action = Sent("ann");
        _ledger.Learned("ann", Wrong(action, 2));
        Assert.Contains((await CheckAsync(Stored(2, "ann", action))).Problems, problem => problem.Contains("version 2 follows 0"));
    }

    [Fact]
    public void Latencies_are_summed_up_by_rank()
    {
        var latencies = new Latencies();
        Assert.Equal(new LatencySummary(0, 0, 0, 0, 0), latencies.Summary());
        foreach (var ms in Enumerable.Range(1, 200).Reverse()) latencies.Add(TimeSpan.FromMilliseconds(ms));
        Assert.Equal(new LatencySummary(200, 100, 190, 198, 200), latencies.Summary());
    }
}
