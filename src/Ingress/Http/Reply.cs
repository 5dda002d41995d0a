using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using TreasureHunt.Ingress.Actions;
using TreasureHunt.Ingress.Feed;
using TreasureHunt.Ingress.Traces;
using TreasureHunt.Ingress.Views;

namespace TreasureHunt.Ingress.Http;

/// <summary>How answers leave: whole, with their length, and with the hunt's version they reflect.</summary>
internal static class Reply
{
    public const string VersionHeader = "Hunt-Version";

    public static async Task WriteAsync<T>(HttpContext context, int status, T reply, JsonTypeInfo<T> type, long? version = null)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(reply, type);
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.ContentLength = json.Length;
        if (version is { } reflected) response.Headers[VersionHeader] = reflected.ToString(CultureInfo.InvariantCulture);
        await response.BodyWriter.WriteAsync(json, context.RequestAborted);
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HuntReply))]
[JsonSerializable(typeof(HuntsReply))]
[JsonSerializable(typeof(BoardReply))]
[JsonSerializable(typeof(TeamReply))]
[JsonSerializable(typeof(FeedFact))]
[JsonSerializable(typeof(FeedReady))]
[JsonSerializable(typeof(AcceptedReply))]
[JsonSerializable(typeof(ActionReply))]
[JsonSerializable(typeof(ActionReply[]))]
[JsonSerializable(typeof(TraceReply))]
[JsonSerializable(typeof(IngressStatus))]
internal sealed partial class ReplyJson : JsonSerializerContext;
