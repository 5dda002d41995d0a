using Microsoft.Extensions.Time.Testing;
using Npgsql;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Processors.Lanes;
using TreasureHunt.Processors.Storage;

namespace TreasureHunt.Tests.Unit.Lanes;

public class GroupCommitTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private readonly FakeStore _store = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly GroupCommit _commits;
    private int _atOnce = 1;

    public GroupCommitTests() => _commits = new GroupCommit(_store.CommitAsync, () => _atOnce, _clock);

    [Fact]
    public async Task Nobody_waits_while_no_commit_is_under_way()
    {
        var only = _commits.CommitAsync(Writes("a"));
        Assert.Equal(["a"], await _store.NextAsync());
        _store.Answer();
        await only.WaitAsync(Soon);
    }

    [Fact]
    public async Task What_comes_during_a_commit_goes_together_in_the_next_one_in_the_order_it_came()
    {
        var first = _commits.CommitAsync(Writes("a"));
        var (second, third) = (_commits.CommitAsync(Writes("b")), _commits.CommitAsync(Writes("c")));
        Assert.Equal(["a"], await _store.NextAsync());
        Assert.Equal(1, _commits.UnderWay);

        _store.Answer();
        await first.WaitAsync(Soon);
        Assert.Equal(["b", "c"], await _store.NextAsync());
        Assert.False(second.IsCompleted || third.IsCompleted);
        _store.Answer();
        await Task.WhenAll(second, third).WaitAsync(Soon);
    }

    [Fact]
    public async Task No_more_are_under_way_at_once_than_the_setting_says()
    {
        _atOnce = 2;
        foreach (var hunt in (string[])["a", "b", "c", "d"]) _ = _commits.CommitAsync(Writes(hunt));
        Assert.Equal(["a"], await _store.NextAsync());
        Assert.Equal(["b"], await _store.NextAsync());
        Assert.Equal(2, _commits.UnderWay);
        _store.Answer();
        Assert.Equal(["c", "d"], await _store.NextAsync());
    }

    [Fact]
    public async Task Who_waits_for_its_turn_is_told_how_long()
    {
        var (first, second) = (_commits.CommitAsync(Writes("a")), _commits.CommitAsync(Writes("b")));
        await _store.NextAsync();
        _clock.Advance(TimeSpan.FromMilliseconds(40));
        _store.Answer();
        await _store.NextAsync();
        _clock.Advance(TimeSpan.FromMilliseconds(7));
        _store.Answer();
        Assert.Equal((0, 40), ((await first.WaitAsync(Soon)).TotalMilliseconds, (await second.WaitAsync(Soon)).TotalMilliseconds));
    }

    [Fact]
    public async Task What_was_begun_is_ended_even_at_a_limit_of_zero()
    {
        _atOnce = 0;
        var only = _commits.CommitAsync(Writes("a"));
        await _store.NextAsync();
        _store.Answer();
        await only.WaitAsync(Soon);
    }

    [Fact]
    public async Task A_refused_batch_is_refused_alone_and_its_neighbours_are_committed()
    {
        var first = _commits.CommitAsync(Writes("a"));
        var (good, bad, other) = (_commits.CommitAsync(Writes("b")), _commits.CommitAsync(Writes("c")), _commits.CommitAsync(Writes("d")));
        await _store.NextAsync();
        _store.Answer();
        Assert.Equal(["b", "c", "d"], await _store.NextAsync());
        _store.Answer(new FencedException(new InvalidOperationException("c has moved on")));
        Assert.Equal(["b"], await _store.NextAsync());
        _store.Answer();
        Assert.Equal(["c"], await _store.NextAsync());
        _store.Answer(new FencedException(new InvalidOperationException("c has moved on")));
        Assert.Equal(["d"], await _store.NextAsync());
        _store.Answer();

        await Task.WhenAll(first, good, other).WaitAsync(Soon);
        await Assert.ThrowsAsync<FencedException>(() => bad.WaitAsync(Soon));
    }

    [Fact]
    public async Task A_store_that_is_away_is_everybodys_trouble_and_nothing_is_tried_twice()
    {
        _ = _commits.CommitAsync(Writes("a"));
        var (second, third) = (_commits.CommitAsync(Writes("b")), _commits.CommitAsync(Writes("c")));
        await _store.NextAsync();
        _store.Answer();
        await _store.NextAsync();
        _store.Answer(new NpgsqlException("gone")); // whether it was stored is unknown: each has to look
        await Assert.ThrowsAsync<NpgsqlException>(() => second.WaitAsync(Soon));
        await Assert.ThrowsAsync<NpgsqlException>(() => third.WaitAsync(Soon));

        var later = _commits.CommitAsync(Writes("d"));
        Assert.Equal(["d"], await _store.NextAsync());
        _store.Answer();
        await later.WaitAsync(Soon);
    }

    [Fact]
    public async Task A_commit_is_no_larger_than_its_limit_and_a_batch_that_is_larger_by_itself_goes_alone()
    {
        _ = _commits.CommitAsync(Writes("a"));
        _ = _commits.CommitAsync(Writes("b", facts: GroupCommit.MaxFacts - 1));
        _ = _commits.CommitAsync(Writes("c"));
        _ = _commits.CommitAsync(Writes("d", facts: GroupCommit.MaxFacts + 1));
        foreach (var expected in (string[][])[["a"], ["b", "c"], ["d"]])
        {
            Assert.Equal(expected, await _store.NextAsync());
            _store.Answer();
        }
    }

    private static BatchWrites Writes(string hunt, int facts = 1) => new()
    {
        Hunts = { new HuntWrites(hunt, 0, [.. Enumerable.Range(0, facts).Select(_ => (Guid.Empty, (HuntFact)new HuntOpened()))]) },
    };

    /// <summary>Commits end when the test says so, in the order they were begun.</summary>
    private sealed class FakeStore
    {
        private readonly System.Threading.Channels.Channel<(string[] Hunts, TaskCompletionSource Answer)> _begun =
            System.Threading.Channels.Channel.CreateUnbounded<(string[], TaskCompletionSource)>();
        private readonly Queue<TaskCompletionSource> _unanswered = [];

        public Task CommitAsync(BatchWrites writes)
        {
            var answer = new TaskCompletionSource();
            _begun.Writer.TryWrite(([.. writes.Hunts.Select(hunt => hunt.Hunt)], answer));
            return answer.Task;
        }

        /// <summary>Hunts of the next commit that was begun.</summary>
        public async Task<string[]> NextAsync()
        {
            using var limit = new CancellationTokenSource(Soon);
            var (hunts, answer) = await _begun.Reader.ReadAsync(limit.Token);
            _unanswered.Enqueue(answer);
            return hunts;
        }

        /// <summary>Ends the oldest commit that the test has seen.</summary>
        public void Answer(Exception? failure = null)
        {
            var answer = _unanswered.Dequeue();
            if (failure is null) answer.SetResult(); else answer.SetException(failure);
        }
    }
}
