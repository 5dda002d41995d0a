using Microsoft.Extensions.Time.Testing;
using TreasureHunt.Tests.Benchmarks.Claims.Lookups;

namespace TreasureHunt.Tests.Unit.Bench;

/// <summary>The fair rival: a value kept for a second, one call for all who wait.</summary>
public sealed class CachedLookupTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Service _service = new();
    private readonly CachedLookup _cache;

    public CachedLookupTests() => _cache = new CachedLookup(_service, _time);

    [Fact]
    public async Task A_second_of_questions_is_one_call()
    {
        for (var i = 0; i < 10; i++, _time.Advance(TimeSpan.FromMilliseconds(99))) await AskAsync();
        Assert.Equal(1, _cache.Calls);
        _time.Advance(TimeSpan.FromMilliseconds(10));
        await AskAsync();
        Assert.Equal(2, _cache.Calls);
    }

    [Fact]
    public async Task All_who_wait_share_one_call()
    {
        _service.Hold();
        var waiting = Enumerable.Range(0, 100).Select(_ => AskAsync()).ToArray();
        Assert.All(waiting, asked => Assert.False(asked.IsCompleted));
        _service.Answer();
        Assert.All(await Task.WhenAll(waiting), value => Assert.Equal(1, value.Version));
        Assert.Equal(1, _cache.Calls);
    }

    [Fact]
    public async Task An_answer_too_old_is_not_used_when_the_service_fails_and_the_next_question_calls_again()
    {
        await AskAsync();
        _time.Advance(CachedLookup.Life);
        _service.Fails = true;
        await Assert.ThrowsAsync<HttpRequestException>(AskAsync);
        _service.Fails = false;
        await AskAsync();
        Assert.Equal(3, _cache.Calls);
    }

    [Fact]
    public async Task It_is_as_old_as_its_question_not_as_its_answer()
    {
        _service.Hold();
        var asked = AskAsync();
        _time.Advance(TimeSpan.FromMilliseconds(900));
        _service.Answer();
        await asked;
        _time.Advance(TimeSpan.FromMilliseconds(100));
        await AskAsync();
        Assert.Equal(2, _cache.Calls);
    }

    private Task<CentralValue> AskAsync() => _cache.GetAsync(CancellationToken.None).AsTask();

    private sealed class Service : ILookup
    {
        private TaskCompletionSource _held = new();

        public Service() => _held.SetResult();

        public long Calls { get; private set; }

        public bool Fails { get; set; }

        public void Hold() => _held = new TaskCompletionSource();

        public void Answer() => _held.SetResult();

        public async ValueTask<CentralValue> GetAsync(CancellationToken cancel)
        {
            Calls++;
            await _held.Task;
            return Fails ? throw new HttpRequestException("away") : new CentralValue(1, 1024);
        }
    }
}
