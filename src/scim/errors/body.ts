/** Refusals of what a body says: its JSON, its attributes, its operations. */
import { lengths } from '../text/limits.ts'
import type { ErrorEntry } from './entry'

export const bodyErrors = {
  malformedJson: {
    status: 400,
    scimType: 'invalidSyntax',
    reason: 'The request body is not valid JSON.',
    remedy: 'Check the JSON template of the SCIM application in the identity provider.',
  },
  bodyTooDeep: {
    status: 400,
    scimType: 'invalidSyntax',
    reason: 'The request body nests lists and objects more than {limit} deep.',
    remedy: 'Send the attributes of the resource as the schemas describe them.',
  },
  bodyNotObject: {
    status: 400,
    scimType: 'invalidSyntax',
    reason: 'The request body is not a JSON object.',
    remedy: 'Send one JSON object that holds the attributes of the resource.',
  },
  missingAttribute: {
    status: 400,
    scimType: 'invalidValue',
    reason: 'The required attribute "{attribute}" is missing or empty.',
    remedy: 'Map a field of the identity provider to "{attribute}", and fill that field.',
  },
  reservedUrn: {
    status: 400,
    scimType: 'invalidSyntax',
    reason: 'The name {name} begins like a schema of SCIM, and names nothing of this resource.',
    remedy: 'Compare the name with those that /Schemas lists; core attributes need no URN.',
  },
  namedTwice: {
    status: 400,
    scimType: 'invalidSyntax',
    reason: '"{attribute}" comes twice, with different values.',
    remedy:
      'Send it once: names are the same whatever their capitals, with and without a URN before them.',
  },
  wrongType: {
    status: 400,
    scimType: 'invalidValue',
    reason: 'The value of "{attribute}" is not {expected}.',
    remedy: 'Correct the value, or its mapping, in the identity provider.',
  },
  undescribable: {
    status: 400,
    scimType: 'invalidValue',
    reason: 'The value of {path} cannot be kept. {problem}',
    remedy:
      'Send attributes with names of letters, digits, _ and -, of which each is one value or a list, ' +
      'with parts of one level; or declare the schema in the settings of the tenant.',
  },
  seenOtherwise: {
    status: 400,
    scimType: 'invalidValue',
    reason:
      'The value of "{attribute}" is not {expected}, as it was seen before; no schema describes it.',
    remedy:
      'Send one type of value for everybody, or declare the schema in the settings of the tenant.',
  },
  tooManyValues: {
    status: 400,
    scimType: 'invalidValue',
    reason: '"{attribute}" would have more than {limit} values.',
    remedy: 'Send the values that matter for the product.',
  },
  forbiddenCharacter: {
    status: 400,
    scimType: 'invalidValue',
    reason: 'The value of "{attribute}" holds a NUL character or half of a surrogate pair.',
    remedy: 'Remove the unreadable character from this field in the identity provider.',
  },
  resourceTooLarge: {
    status: 413,
    reason:
      'The attributes of this resource take more than {limit} bytes, most of them in "{attribute}".',
    remedy: 'Leave out large values such as photos, or send their address instead.',
  },
  textTooLong: {
    status: 400,
    scimType: 'invalidValue',
    reason: '"{attribute}" has {length} characters, and may have {limit}.',
    remedy: `Shorten it in the identity provider, or map a shorter field. User names, names of people and teams, e-mail addresses and external ids have at most ${lengths.name} characters; /Schemas says it of each attribute.`,
  },
  nameCharacters: {
    status: 400,
    scimType: 'invalidValue',
    reason: '"{attribute}" holds characters that are not allowed in a name: {characters}.',
    remedy: 'Use {allowed}; correct the name in the identity provider.',
  },
  invisibleCharacters: {
    status: 400,
    scimType: 'invalidValue',
    reason: '"{attribute}" holds characters that nobody sees: {characters}.',
    remedy: 'Type the value anew in the identity provider: such characters come with copied text.',
  },
  notAnAddress: {
    status: 400,
    scimType: 'invalidValue',
    reason: '"{attribute}" is no e-mail address: {value}.',
    remedy: 'Send an address such as ann@example.com, or leave the value out.',
  },
  emailCapitals: {
    status: 400,
    scimType: 'invalidValue',
    reason: '"{attribute}" is an e-mail address with capital letters: {value}.',
    remedy: 'Write the address in lower case in the identity provider ({suggestion}).',
  },
  userNameTaken: {
    status: 409,
    scimType: 'uniqueness',
    reason: 'Another user already has this userName; capital and small letters do not differ.',
    remedy: 'Look the user up by userName and update it, or give this person another userName.',
  },
  teamNameTaken: {
    status: 409,
    scimType: 'uniqueness',
    reason:
      'Another team already has this displayName; capitals and blanks around it do not differ.',
    remedy: 'Look the team up by displayName and update it, or choose another name.',
  },
  memberUnnamed: {
    status: 400,
    scimType: 'invalidValue',
    reason: 'The entry {entry} of "members" identifies nobody.',
    remedy: 'Send the id of a user as its "value"; [] for nobody at all.',
  },
  memberAlreadyIn: {
    status: 400,
    scimType: 'invalidValue',
    reason: '{member} is in the team already, and cannot take the place of somebody else.',
    remedy: 'To take a person out, remove {path}.',
  },
  unknownMembers: {
    status: 400,
    scimType: 'invalidValue',
    reason: 'None of the members exists as a user of this tenant: {members}.',
    remedy: 'Provision these people to this application first, then assign them to the team.',
  },
  invalidPatch: {
    status: 400,
    scimType: 'invalidSyntax',
    reason: 'The PATCH body has no usable list of "Operations": {problem}.',
    remedy:
      'Send {"schemas": [...PatchOp], "Operations": [{"op": ..., "path": ..., "value": ...}]}.',
  },
  unknownOperation: {
    status: 400,
    scimType: 'invalidSyntax',
    reason: 'The PATCH operation {operation} is not one of add, replace and remove.',
    remedy: 'Use "add", "replace" or "remove" as "op".',
  },
  tooManyOperations: {
    status: 413,
    reason: 'The request holds more than {limit} operations.',
    remedy: 'Spread the operations over several requests.',
  },
  patchTooCostly: {
    status: 400,
    scimType: 'tooMany',
    reason: 'The filters of the request would take more than {limit}.',
    remedy: 'Name values by "value", or spread the operations over several requests.',
  },
  missingValue: {
    status: 400,
    scimType: 'invalidValue',
    reason: 'The PATCH operation "{operation}" on {path} has no value.',
    remedy: 'Send a "value", or use "remove" to clear the attribute.',
  },
  missingRequiredValue: {
    status: 400,
    scimType: 'invalidValue',
    reason: 'The PATCH operation "{operation}" {where} has no value, and cannot do without.',
    remedy: 'Send the "value".',
  },
  activeWithoutValue: {
    status: 400,
    scimType: 'invalidValue',
    reason: 'The request takes "active" away or gives it no value, which says nothing of a person.',
    remedy: 'Send "active": false to switch the person off, or "active": true.',
  },
  inexactNumber: {
    status: 400,
    scimType: 'invalidValue',
    reason: 'The number {number} has more digits than a number can keep.',
    remedy: 'Send it as text, in quotes.',
  },
  invalidPath: {
    status: 400,
    scimType: 'invalidPath',
    reason: 'The path {path} does not name an attribute of this resource.',
    remedy: 'Compare the attribute mapping with the names that /Schemas lists.',
  },
  reservedPath: {
    status: 400,
    scimType: 'invalidPath',
    reason: 'The path {path} begins like a schema of SCIM, and names nothing of this resource.',
    remedy: 'Compare the path with the names that /Schemas lists; core attributes need no URN.',
  },
  pathMissing: {
    status: 400,
    scimType: 'invalidSyntax',
    reason: 'An operation has no "path", which the profile of this tenant asks for.',
    remedy: 'Send one operation for each attribute, with its path; or choose another profile.',
  },
  pathOfEntry: {
    status: 400,
    scimType: 'invalidPath',
    reason: 'The path {path} names a whole entry, which the profile of this tenant does not allow.',
    remedy: 'Name a part of it, as emails[type eq "work"].value does; or choose another profile.',
  },
  severalEntries: {
    status: 400,
    scimType: 'invalidFilter',
    reason: 'The path matches several entries of "{attribute}"; this profile allows one.',
    remedy: 'Say more of the entry between the brackets; or choose another profile.',
  },
  noTarget: {
    status: 400,
    scimType: 'noTarget',
    reason: '{problem}',
    remedy: 'Name what to change: a path, and for a value filter one that matches a value.',
  },
  readOnly: {
    status: 400,
    scimType: 'mutability',
    reason: '"{attribute}" can be read but not changed.',
    remedy: 'Remove the attribute from the mapping of the identity provider.',
  },
  requiredAttribute: {
    status: 400,
    scimType: 'mutability',
    reason: '"{attribute}" is required and cannot be removed.',
    remedy: 'Replace its value instead.',
  },
} as const satisfies Record<string, ErrorEntry>
