using System.Buffers;
using TreasureHunt.Ingress.Actions;
using TreasureHunt.ServiceDefaults.Problems;

namespace TreasureHunt.Ingress.Http;

/// <summary>A request's JSON body as it lies in the server's own buffers, until <see cref="Done"/>.</summary>
internal static class RequestBody
{
    /// <returns>the whole body; or 415, or 413 without reading further than the limit</returns>
    public static async ValueTask<(ReadOnlySequence<byte> Body, Problem? Problem)> ReadAsync(HttpContext context, int maxBytes)
    {
        var request = context.Request;
        if (!IsJson(request.ContentType))
        {
            return (default, Problem.Of(415, ProblemTypes.MediaTypeUnsupported, "Not JSON",
                $"The body's type is '{request.ContentType ?? "not given"}'. Send JSON with the header Content-Type: application/json."));
        }
        if (request.ContentLength > maxBytes) return (default, ActionReader.TooLarge(maxBytes));

        var pipe = request.BodyReader;
        while (true)
        {
            var read = await pipe.ReadAsync(context.RequestAborted);
            if (read.Buffer.Length > maxBytes)
            {
                pipe.AdvanceTo(read.Buffer.End);
                return (default, ActionReader.TooLarge(maxBytes));
            }
            if (read.IsCompleted) return (read.Buffer, null);
            pipe.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>Gives the buffers back. Without it the server cannot use the connection again.</summary>
    public static void Done(HttpContext context, in ReadOnlySequence<byte> body) => context.Request.BodyReader.AdvanceTo(body.End);

    private static bool IsJson(string? contentType) =>
        contentType is not null
        && contentType.StartsWith("application/json", StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == 16 || contentType[16] is ';' or ' ');
}
