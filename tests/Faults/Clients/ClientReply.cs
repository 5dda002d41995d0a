using System.Text.Json;

namespace TreasureHunt.Tests.Faults.Clients;

/// <summary>What a client was told about an action: the contract as a stranger would read it, not the engine's own types.</summary>
public sealed record ClientReply(
    Guid ActionId, string Status, long? Version = null, string? Fact = null, string? Team = null, string? Treasure = null, string? Hint = null,
    int? Ordinal = null, int? Points = null, int? Bonus = null, int? Penalty = null, int? Cost = null, string? Code = null)
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    public bool IsDecided => Status is "applied" or "refused" or "parked";

    public static ClientReply One(string json) => JsonSerializer.Deserialize<ClientReply>(json, Web)!;

    public static ClientReply[] Many(string json) => JsonSerializer.Deserialize<ClientReply[]>(json, Web)!;
}
