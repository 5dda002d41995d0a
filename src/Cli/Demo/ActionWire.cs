using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Ingress.Actions;

namespace TreasureHunt.Cli.Demo;

/// <param name="OccurredAt">only for hunts with an imported clock</param>
internal sealed record SentAction(HuntAction Action, DateTimeOffset? OccurredAt = null);

/// <summary>The JSON of POST /hunts/{hunt}/actions and of its answers, as any frontend writes and reads it.</summary>
internal static class ActionWire
{
    private static readonly JsonSerializerOptions Reading = new(JsonSerializerDefaults.Web);

    /// <summary>One action as an object, several as an array.</summary>
    public static byte[] Body(IReadOnlyList<SentAction> actions)
    {
        JsonNode body = actions.Count == 1 ? One(actions[0]) : new JsonArray([.. actions.Select(One)]);
        return JsonSerializer.SerializeToUtf8Bytes(body);
    }

    public static IReadOnlyList<ActionReply> Replies(byte[] answer, bool array) => array
        ? JsonSerializer.Deserialize<ActionReply[]>(answer, Reading)!
        : [JsonSerializer.Deserialize<ActionReply>(answer, Reading)!];

    private static JsonObject One(SentAction sent)
    {
        var json = JsonSerializer.SerializeToNode(sent.Action, Wire.Default.HuntAction)!.AsObject();
        if (sent.OccurredAt is { } at)
            json["occurredAt"] = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        return json;
    }
}
