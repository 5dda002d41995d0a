using Microsoft.Extensions.Time.Testing;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.Tests.Unit.Lanes;

public class RoundsTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5), Millisecond = TimeSpan.FromMilliseconds(1);

    private readonly FakeTimeProvider _time = new();
    private TimeSpan _pace = 5 * Millisecond;
    private readonly Rounds _rounds;

    public RoundsTests() => _rounds = new Rounds(() => _pace, _time, Rounds.PerAction);

    [Fact]
    public void Whoever_comes_first_or_after_a_pause_begins_at_once()
    {
        Assert.True(_rounds.JoinAsync(default).IsCompletedSuccessfully);
        _rounds.Took(1_000);
        _time.Advance(50 * Millisecond);
        Assert.True(_rounds.JoinAsync(default).IsCompletedSuccessfully);
        _rounds.Took(1_000);
        _time.Advance(49 * Millisecond);
        Assert.False(_rounds.JoinAsync(default).IsCompleted);
    }

    [Fact]
    public async Task After_a_full_round_the_first_to_come_waits_the_pace_for_others_and_all_of_them_begin_together()
    {
        _ = _rounds.JoinAsync(default);
        _rounds.Took(30);
        _time.Advance(10 * Millisecond);
        var first = _rounds.JoinAsync(default);
        _time.Advance(4 * Millisecond);
        var second = _rounds.JoinAsync(default);
        Assert.False(first.IsCompleted || second.IsCompleted);

        _time.Advance(Millisecond);
        await Task.WhenAll(first, second).WaitAsync(Soon);
    }

    [Theory]
    [InlineData(1, 2, 0)]
    [InlineData(2, 2, 2)]
    [InlineData(5, 10, 0)] // five hundred a second
    public void Of_other_work_each_counts_what_is_said(int pieces, int passed, int wait)
    {
        var rounds = new Rounds(() => _pace, _time, perAction: 2 * Millisecond);
        _ = rounds.JoinAsync(default);
        rounds.Took(pieces);
        _time.Advance(passed * Millisecond);
        var next = rounds.JoinAsync(default);
        Assert.Equal(wait == 0, next.IsCompleted);
        if (wait == 0) return;
        _time.Advance((wait - 0.5) * Millisecond);
        Assert.False(next.IsCompleted);
    }

    [Theory]
    [InlineData(0, 0, 0)] // nobody found anything
    [InlineData(1, 0, 0)]
    [InlineData(2, 0, 1)]
    [InlineData(8, 0, 4)]
    [InlineData(1_000, 0, 5)]
    [InlineData(20, 10, 0)] // two thousand a second
    [InlineData(24, 10, 2)]
    [InlineData(100, 10, 5)]
    public async Task A_round_waits_half_a_millisecond_for_every_action_of_the_last_less_what_has_passed_up_to_the_pace(int actions, int passed, int wait)
    {
        _ = _rounds.JoinAsync(default);
        for (var i = 0; i < actions; i++) _rounds.Took(1); // by several lanes
        _time.Advance(passed * Millisecond);
        var next = _rounds.JoinAsync(default);
        if (wait > 0)
        {
            _time.Advance((wait - 0.5) * Millisecond);
            Assert.False(next.IsCompleted);
            _time.Advance(0.5 * Millisecond);
        }
        await next.WaitAsync(Soon);
        Assert.True(_rounds.JoinAsync(default).IsCompletedSuccessfully); // that one had no action
    }

    [Fact]
    public void Another_pace_holds_from_the_next_round_on_and_none_lets_everybody_in()
    {
        _ = _rounds.JoinAsync(default);
        _rounds.Took(100);
        _pace = TimeSpan.Zero;
        Assert.True(_rounds.JoinAsync(default).IsCompletedSuccessfully);
        _rounds.Took(100);
        _pace = 3 * Millisecond;
        Assert.False(_rounds.JoinAsync(default).IsCompleted);
    }

    [Fact]
    public async Task Who_gives_up_does_not_take_the_round_with_him()
    {
        _ = _rounds.JoinAsync(default);
        _rounds.Took(100);
        using var giveUp = new CancellationTokenSource();
        var (first, second) = (_rounds.JoinAsync(giveUp.Token), _rounds.JoinAsync(default));
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        _time.Advance(5 * Millisecond);
        await second.WaitAsync(Soon);
    }

    [Fact]
    public async Task A_wait_that_is_over_before_anybody_looks_is_a_round_like_any_other()
    {
        var rounds = new Rounds(() => _pace, new TimeIsUp(), Rounds.PerAction);
        _ = rounds.JoinAsync(default);
        rounds.Took(100);
        await rounds.JoinAsync(default).WaitAsync(Soon);
    }

    /// <summary>As for a thread that the machine takes the processor from: every timer it makes has run out when it goes on.</summary>
    private sealed class TimeIsUp : TimeProvider
    {
        public override long GetTimestamp() => 1;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            callback(state);
            return new Over();
        }

        private sealed class Over : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => false;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => default;
        }
    }
}
