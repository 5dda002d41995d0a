using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Ingress.Actions;

namespace TreasureHunt.Ingress.OpenApi;

/// <summary>Schemas of the actions a body may hold, made from the very table the bodies are read by.</summary>
internal static class ActionSchemas
{
    private const string Slugs = "^[a-z0-9-]{1,64}$";

    /// <summary>One action, or an array of them, as references to schemas added to the document.</summary>
    public static OpenApiSchema AddTo(OpenApiDocument document)
    {
        var schemas = document.Components!.Schemas!;
        foreach (var made in schemas.Keys.Where(name => name.StartsWith(nameof(HuntAction), StringComparison.Ordinal)).ToList()) schemas.Remove(made);
        foreach (var shape in ActionShape.All) schemas[shape.Kind] = Of(shape);
        schemas["Action"] = new OpenApiSchema
        {
            OneOf = [.. ActionShape.All.Select(IOpenApiSchema (shape) => new OpenApiSchemaReference(shape.Kind, document))],
            Discriminator = new OpenApiDiscriminator
            {
                PropertyName = "type",
                Mapping = ActionShape.All.ToDictionary(shape => shape.Kind, shape => new OpenApiSchemaReference(shape.Kind, document)),
            },
        };
        return OneOrMany(new OpenApiSchemaReference("Action", document));
    }

    public static OpenApiSchema OneOrMany(IOpenApiSchema one) => new()
    {
        OneOf = [one, new OpenApiSchema { Type = JsonSchemaType.Array, Items = one, MinItems = 1, MaxItems = Envelope.MaxActions }],
    };

    private static OpenApiSchema Of(ActionShape shape)
    {
        var schema = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Properties = new Dictionary<string, IOpenApiSchema>(),
            Required = new HashSet<string>(),
            AdditionalPropertiesAllowed = false,
        };
        foreach (var field in Enum.GetValues<Field>())
        {
            if (!shape.Knows(field)) continue;
            var name = ActionShape.NameOf(field);
            schema.Properties[name] = Of(shape, field);
            if (field == Field.Type || shape.Requires(field)) schema.Required.Add(name);
        }
        return schema;
    }

    private static OpenApiSchema Of(ActionShape shape, Field field)
    {
        var text = new OpenApiSchema { Type = JsonSchemaType.String };
        switch (field)
        {
            case Field.Type:
                text.Enum = [JsonValue.Create(shape.Kind)];
                break;
            case Field.ActionId:
                text.Format = "uuid";
                text.Description = "UUIDv7, chosen by the sender: the same id again has no second effect. A single action may give it in Idempotency-Key instead.";
                break;
            case Field.OccurredAt:
                text.Format = "date-time";
                text.Description = "Service tokens only, on a hunt with clock: imported.";
                break;
            case Field.OnBehalfOf:
                text.Pattern = Slugs;
                text.Description = "The team a service acts for; players leave it out.";
                break;
            case Field.Name:
                (text.MinLength, text.MaxLength) = (1, ActionShape.MaxNameLength);
                break;
            case Field.Code:
                (text.MinLength, text.MaxLength) = (1, ActionShape.MaxCodeLength);
                break;
            case Field.Guess:
                text.MaxLength = ActionShape.MaxGuessLength;
                break;
            default:
                text.Pattern = Slugs;
                break;
        }
        return text;
    }
}
