using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Ingress.Http;
using TreasureHunt.ServiceDefaults.OpenApi;

namespace TreasureHunt.Ingress.OpenApi;

/// <summary>What the ingress's OpenAPI document says beyond its routes; a copy is checked in as docs/api/openapi.json.</summary>
internal static class ApiDocument
{
    public static void AddApiDocument(this IServiceCollection services) => services.AddApiDocument(
        "Treasure Hunt Engine",
        "Player and organiser actions in, outcomes and boards out. Errors are problem details (RFC 9457) with a stable type.",
        api =>
        {
            api.AddSchemaTransformer(SchemaAsync);
            api.AddOperationTransformer(OperationAsync);
            api.AddDocumentTransformer(DocumentAsync);
        },
        ReplyJson.Default, Wire.Default);

    private static Task DocumentAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancel)
    {
        var post = document.Paths["/hunts/{hunt}/actions"].Operations![HttpMethod.Post];
        post.RequestBody!.Content!["application/json"].Schema = ActionSchemas.AddTo(document);
        var reply = post.Responses!["200"].Content!["application/json"];
        reply.Schema = ActionSchemas.OneOrMany(reply.Schema!);
        return Task.CompletedTask;
    }

    private static Task OperationAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancel)
    {
        foreach (var header in HeadersOf(operation.OperationId)) (operation.Parameters ??= []).Add(header);
        return Task.CompletedTask;
    }

    /// <summary>Types whose JSON is written by converters of our own.</summary>
    private static Task SchemaAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancel)
    {
        if (context.JsonTypeInfo.Type == typeof(TimeSpan?) || context.JsonTypeInfo.Type == typeof(TimeSpan))
        {
            (schema.Type, schema.Pattern) = (JsonSchemaType.String, "^[0-9]{1,9}[smhd]$");
        }
        else if (context.JsonTypeInfo.Type == typeof(ValueRule))
        {
            schema.OneOf = [Whole(), new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Properties = new Dictionary<string, IOpenApiSchema>
                {
                    ["decay"] = Word("exponential", "linear"),
                    ["from"] = Whole(),
                    ["to"] = Whole(),
                    ["over"] = Whole(),
                    ["policy"] = Word("locked", "live"),
                },
                Required = new HashSet<string> { "decay", "from", "to", "over" },
                AdditionalPropertiesAllowed = false,
            }];
        }
        return Task.CompletedTask;

        static OpenApiSchema Whole() => new() { Type = JsonSchemaType.Integer };
        static OpenApiSchema Word(params string[] words) => new() { Type = JsonSchemaType.String, Enum = [.. words] };
    }

    private static IEnumerable<OpenApiParameter> HeadersOf(string? operation) => operation switch
    {
        "postActions" =>
        [
            Header("Prefer", "wait=N: wait up to N seconds (30 at most) for the outcomes"),
            Header("Idempotency-Key", "the action's UUIDv7, for a single action without actionId"),
        ],
        "getHunt" or "getBoard" or "getTeam" => [Header("If-Hunt-Version", "wait (5 s at most) until the view reflects this version")],
        "getFeed" => [Header("Last-Event-ID", "id of the last event: go on after it; stands above ?after=")],
        "listHunts" or "getAction" or "getActionTrace" or "findActionTrace" or "getStatus" or null => [],
        _ => // organisers' requests
        [
            Header("Prefer", "wait=N: wait up to N seconds (30 at most) for the outcome; 10 when absent"),
            Header("Idempotency-Key", "UUIDv7 of the action, so that the request may be sent again"),
        ],
    };

    private static OpenApiParameter Header(string name, string description) => new()
    {
        Name = name, In = ParameterLocation.Header, Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };
}
