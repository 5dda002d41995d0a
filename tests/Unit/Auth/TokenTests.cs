using Microsoft.Extensions.Time.Testing;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Tests.Unit.Auth;

public class TokenTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 12, 1, 18, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_minted_token_says_who_asks()
    {
        var token = Tokens.Mint(Key, "ada", "old-town", TimeSpan.FromHours(1), _clock, Role.Player);
        var (caller, why) = await new TokenValidator(Key, _clock).CheckAsync(token);
        Assert.Null(why);
        Assert.Equal(("ada", "old-town", true, false), (caller!.Subject, caller.HuntScope, caller.IsPlayer, caller.IsService));
        Assert.True(caller.MayEnter("old-town"));
        Assert.False(caller.MayEnter("new-town"));
    }

    [Fact]
    public async Task A_remembered_token_is_refused_from_the_second_it_expires()
    {
        var validator = new TokenValidator(Key, _clock);
        var token = Tokens.Mint(Key, "ada", "*", TimeSpan.FromMinutes(1), _clock, Role.Service);
        Assert.NotNull((await validator.CheckAsync(token)).Caller);
        _clock.Advance(TimeSpan.FromSeconds(59));
        Assert.NotNull((await validator.CheckAsync(token)).Caller);
        _clock.Advance(TimeSpan.FromSeconds(1));
        var (caller, why) = await validator.CheckAsync(token);
        Assert.Null(caller);
        Assert.Contains("expired", why);
    }

    [Fact]
    public async Task A_token_signed_by_somebody_else_is_refused()
    {
        var token = Tokens.Mint([.. Key.Reverse()], "ada", "*", TimeSpan.FromMinutes(1), _clock, Role.Service);
        var (caller, why) = await new TokenValidator(Key, _clock).CheckAsync(token);
        Assert.Null(caller);
        Assert.Contains("signature", why);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.")]
    public async Task What_is_no_signed_JWT_is_refused(string token)
    {
        Assert.Null((await new TokenValidator(Key, _clock).CheckAsync(token)).Caller);
    }

    [Fact]
    public void A_token_with_an_unknown_role_is_not_minted() =>
        Assert.Throws<ArgumentException>(() => Tokens.Mint(Key, "ada", "*", TimeSpan.FromMinutes(1), _clock, "king"));
}
