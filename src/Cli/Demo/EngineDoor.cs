using TreasureHunt.Cli.Api;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Cli.Demo;

/// <summary>The ways into a running engine: its ingress, tokens for anybody, and the store itself as the last word on what happened.</summary>
/// <param name="http">to the ingress</param>
/// <param name="facts">read only</param>
internal sealed class EngineDoor(HttpClient http, byte[] tokenKey, FactReader facts)
{
    private static readonly TimeSpan TokenLife = TimeSpan.FromHours(2);

    public FactReader Facts => facts;

    public ApiClient Api(string subject, string hunt, params string[] roles) => new(http, Token(subject, hunt, roles));

    public ActionSender Sender(string hunt, string actor, Ledger ledger, params string[] roles) =>
        new(http, hunt, actor, Token(actor, hunt, roles), ledger, TimeProvider.System);

    private string Token(string subject, string hunt, string[] roles) => Tokens.Mint(tokenKey, subject, hunt, TokenLife, TimeProvider.System, roles);
}
