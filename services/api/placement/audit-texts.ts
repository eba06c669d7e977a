import type { AuditTexts } from '../audit/module.js';

export const placementTexts: AuditTexts = {
  holders: `With \`module=placement\`, consumers that have
something allocated, in the order of their UUIDs, since when that is as it is, and the request that set it.`,
  holder: 'AllocationHolder',
  pastTitle: 'what was allocated',
  pastBody: `with \`module=placement\` providers and consumers: all, or those of
the \`ids\` given`,
  past: `- type: object
  required: [Providers, Consumers, NotFound]
  properties:
    Providers: { type: array, items: { $ref: "#/components/schemas/Provider" } }
    Consumers: { type: array, items: { $ref: "#/components/schemas/Consumer" } }
    NotFound: { type: array, items: { type: string } }`,
  schemas: `AllocationHolder:
  type: object
  required: [ID, Text, ProjectID, UserID, Allocations]
  properties:
    ID: { type: string, description: The consumer }
    Text: { type: string }
    ProjectID: { type: string }
    UserID: { type: string }
    ConsumerType: { type: string }
    Allocations: { type: array, items: { $ref: "#/components/schemas/Allocation" } }
    Since: { type: string, format: date-time }
    Request: { $ref: "#/components/schemas/Request" }
Allocation:
  type: object
  required: [Provider, Resources]
  properties:
    Provider: { type: string }
    Resources: { type: array, items: { $ref: "#/components/schemas/Amount" } }
Amount:
  type: object
  required: [ResourceClass, Amount]
  properties:
    ResourceClass: { type: string }
    Amount: { type: integer }
Provider:
  type: object
  required: [ID, Name, Generation, Inventories, Usages, Aggregates, Traits]
  properties:
    ID: { type: string }
    Name: { type: string }
    ParentID: { type: string, description: Absent where it has none }
    Generation: { type: integer }
    Inventories:
      type: array
      items:
        type: object
        required: [ResourceClass, Total, Reserved, MinUnit, MaxUnit, StepSize, AllocationRatio]
        properties:
          ResourceClass: { type: string }
          Total: { type: integer }
          Reserved: { type: integer }
          MinUnit: { type: integer }
          MaxUnit: { type: integer }
          StepSize: { type: integer }
          AllocationRatio: { type: number }
    Usages:
      {
        type: array,
        items: { $ref: "#/components/schemas/Amount" },
        description: Of the classes of its inventories,
      }
    Aggregates: { type: array, items: { type: string } }
    Traits: { type: array, items: { type: string } }
Consumer:
  type: object
  required: [ID, Generation, ProjectID, UserID, Allocations]
  properties:
    ID: { type: string }
    Generation: { type: integer }
    ProjectID: { type: string }
    UserID: { type: string }
    ConsumerType: { type: string }
    Allocations: { type: array, items: { $ref: "#/components/schemas/Allocation" } }`,
  moreSchemas: '',
};
