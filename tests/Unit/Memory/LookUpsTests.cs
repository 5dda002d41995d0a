using TreasureHunt.ServiceDefaults.Memory;

namespace TreasureHunt.Tests.Unit.Memory;

public sealed class LookUpsTests
{
    private readonly LookUps<string, int> _lookUps = new(StringComparer.Ordinal);
    private int _begun;

    [Fact]
    public async Task Who_asks_meanwhile_waits_for_the_same_look_and_who_asks_later_begins_another()
    {
        var answer = new TaskCompletionSource<int>();
        var first = Join("a", answer.Task, out var mine);
        var second = Join("a", answer.Task, out var others);
        var other = Join("b", Task.FromResult(2), out var otherKey);
        Assert.Equal((true, false, true, 2), (mine, others, otherKey, _begun));
        Assert.Equal(2, await other);
        answer.SetResult(1);
        Assert.Equal((1, 1), (await first, await second));
        Assert.Equal(3, await Join("a", Task.FromResult(3), out var again));
        Assert.True(again);
    }

    [Fact]
    public async Task A_failure_is_everybodys_and_is_not_kept()
    {
        var answer = new TaskCompletionSource<int>();
        var (first, second) = (Join("a", answer.Task, out _), Join("a", answer.Task, out _));
        answer.SetException(new IOException("away"));
        await Assert.ThrowsAsync<IOException>(() => first);
        await Assert.ThrowsAsync<IOException>(() => second);
        Assert.Equal(4, await Join("a", Task.FromResult(4), out _));
    }

    [Fact]
    public async Task Who_gives_up_leaves_the_look_to_the_others()
    {
        var answer = new TaskCompletionSource<int>();
        var gone = Join("a", answer.Task, out _).WaitAsync(new CancellationToken(canceled: true));
        var stays = Join("a", answer.Task, out _);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        answer.SetResult(5);
        Assert.Equal((5, 1), (await stays, _begun));
    }

    private Task<int> Join(string key, Task<int> answer, out bool began) => _lookUps.JoinAsync(key, () =>
    {
        _begun++;
        return answer;
    }, out began);
}
