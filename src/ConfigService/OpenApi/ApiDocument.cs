using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.OpenApi;

namespace TreasureHunt.ConfigService.OpenApi;

/// <summary>
/// What ConfigService's OpenAPI document says beyond its routes: every setting with its type, range and default, out of the
/// schema. A copy is checked in as docs/api/settings.openapi.json.
/// </summary>
internal static class ApiDocument
{
    /// <summary>Requests that change the stream of settings.</summary>
    private static readonly string[] Changing = ["changeSettings", "rollBackSettings"];

    public static void AddApiDocument(this IServiceCollection services) => services.AddApiDocument(
        "Treasure Hunt Engine: settings",
        "Settings, their history and plans, the fleet that works by them, and its lanes. Errors are problem details (RFC 9457) with a stable type.",
        api =>
        {
            api.AddSchemaTransformer(SchemaAsync);
            api.AddOperationTransformer(OperationAsync);
            api.AddDocumentTransformer(DocumentAsync);
        },
        Wire.Default);

    private static Task DocumentAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancel)
    {
        var schemas = document.Components!.Schemas!;
        var changes = new OpenApiSchema
        {
            Type = JsonSchemaType.Object, Description = "New value by key, or by key@scope (service:NAME, group:NAME, instance:NAME); null takes the scope's value back.",
            Properties = new Dictionary<string, IOpenApiSchema>(), PatternProperties = new Dictionary<string, IOpenApiSchema>(),
            AdditionalPropertiesAllowed = false, MinProperties = 1,
        };
        foreach (var setting in SettingsSchema.All)
        {
            schemas[setting.Key] = Of(setting);
            var one = new OpenApiSchemaReference(setting.Key, document);
            changes.Properties[setting.Key] = one;
            changes.PatternProperties[$"^{setting.Key.Replace(".", "\\.", StringComparison.Ordinal)}@{(setting.FleetOnly ? "fleet" : "(fleet|(service|group|instance):.+)")}$"] = one;
        }
        ((OpenApiSchema)schemas[nameof(ChangeSettings)]).Properties!["changes"] = changes;
        return Task.CompletedTask;
    }

    private static Task OperationAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancel)
    {
        if (!Changing.Contains(operation.OperationId)) return Task.CompletedTask;
        (operation.Parameters ??= []).Add(new OpenApiParameter
        {
            Name = "If-Match", In = ParameterLocation.Header, Description = "only when the settings are still at this version, such as \"12\", the ETag of GET /settings",
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        });
        return Task.CompletedTask;
    }

    /// <summary>Types whose JSON is written by converters of our own.</summary>
    private static Task SchemaAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancel)
    {
        if (context.JsonTypeInfo.Type == typeof(SettingValue) || context.JsonTypeInfo.Type == typeof(SettingValue?))
        {
            schema.Type = JsonSchemaType.Integer | JsonSchemaType.Boolean | JsonSchemaType.String;
        }
        else if (context.JsonTypeInfo.Type == typeof(SettingsValues))
        {
            (schema.Type, schema.Description) = (JsonSchemaType.Object, "value by scope, then key");
            schema.AdditionalProperties = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Integer | JsonSchemaType.Boolean | JsonSchemaType.String },
            };
        }
        return Task.CompletedTask;
    }

    private static OpenApiSchema Of(Setting setting)
    {
        var about = SettingDescription.Of(setting);
        return new OpenApiSchema
        {
            Type = JsonSchemaType.Null | setting switch
            {
                WholeNumberSetting or MillisecondsSetting => JsonSchemaType.Integer,
                FlagSetting => JsonSchemaType.Boolean,
                _ => JsonSchemaType.String,
            },
            Description = $"{about.Summary} {(about.Unit.Length > 0 ? $"Unit: {about.Unit}. " : "")}Costs: {about.Cost} Shown by: {about.Metric}."
                + (about.Dangerous ? " Dangerous: needs a second person." : ""),
            Minimum = about.Min?.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Maximum = about.Max?.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Enum = about.Words is null ? null : [.. about.Words.Select(word => (JsonNode)word), null!],
            Default = JsonSerializer.SerializeToNode(about.Default, Wire.Default.SettingValue),
        };
    }
}
