import { expect, it } from '@jest/globals';
import { summaryOf, type Mutant } from './mutant.ts';

const MUTANTS: readonly Mutant[] = [
  // Who may
  ['anybody may set the URI', 'newURI) external onlyAuthorized(agentId)', 'newURI) external'],
  [
    'anybody may set metadata',
    'external\n        onlyAuthorized(agentId)\n    {\n        _setOpenMetadata',
    'external\n    {\n        _setOpenMetadata',
  ],
  [
    'anybody may set the wallet',
    'external\n        onlyAuthorized(agentId)\n    {\n        require(newWallet',
    'external\n    {\n        require(newWallet',
  ],
  [
    'anybody may unset the wallet',
    'unsetAgentWallet(uint256 agentId) external onlyAuthorized(agentId)',
    'unsetAgentWallet(uint256 agentId) external',
  ],
  [
    'the sender of the transaction counts',
    'isAuthorizedOrOwner(msg.sender',
    'isAuthorizedOrOwner(tx.origin',
  ],
  [
    'operators and approved are denied',
    'return _isAuthorized(ownerOf(agentId), spender, agentId);',
    'return ownerOf(agentId) == spender;',
  ],
  [
    'approved are denied',
    'return _isAuthorized(ownerOf(agentId), spender, agentId);',
    'return ownerOf(agentId) == spender || isApprovedForAll(ownerOf(agentId), spender);',
  ],
  [
    'operators are denied',
    'return _isAuthorized(ownerOf(agentId), spender, agentId);',
    'return ownerOf(agentId) == spender || getApproved(agentId) == spender;',
  ],
  [
    'the owner alone is denied',
    'return _isAuthorized(ownerOf(agentId), spender, agentId);',
    'return ownerOf(agentId) != spender && _isAuthorized(ownerOf(agentId), spender, agentId);',
  ],
  [
    'everybody is authorised',
    'return _isAuthorized(ownerOf(agentId), spender, agentId);',
    'return ownerOf(agentId) != address(0) && spender == spender;',
  ],
  [
    'agents that there are not are not told apart',
    'return _isAuthorized(ownerOf(agentId), spender, agentId);',
    'return _isAuthorized(_ownerOf(agentId), spender, agentId);',
  ],
  // Registering
  ['ids begin at 1', 'agentId = _nextAgentId++;', 'agentId = ++_nextAgentId;'],
  [
    'ids leave one out',
    '_mint(msg.sender, agentId);',
    '_mint(msg.sender, agentId); _nextAgentId++;',
  ],
  [
    'the sender of the transaction owns',
    '_mint(msg.sender, agentId);',
    '_mint(tx.origin, agentId);',
  ],
  ['the URI is lost', 'if (bytes(agentURI).length > 0) _setTokenURI(agentId, agentURI);', ''],
  [
    'Registered has no URI',
    'emit Registered(agentId, agentURI, msg.sender);',
    'emit Registered(agentId, "", msg.sender);',
  ],
  [
    'Registered has no owner',
    'emit Registered(agentId, agentURI, msg.sender);',
    'emit Registered(agentId, agentURI, address(0));',
  ],
  ['Registered is missing', 'emit Registered(agentId, agentURI, msg.sender);', ''],
  [
    'the URI of one overload is lost',
    'agentId = _register(agentURI, new MetadataEntry[](0));',
    'agentId = _register("", new MetadataEntry[](0));',
  ],
  [
    'metadata of a registration is lost',
    'agentId = _register(agentURI, metadata);',
    'agentId = _register(agentURI, new MetadataEntry[](0));',
  ],
  [
    'the first entry is lost',
    'for (uint256 i = 0; i < metadata.length',
    'for (uint256 i = 1; i < metadata.length',
  ],
  ['no wallet at first', '_writeMetadata(agentId, WALLET_KEY, abi.encodePacked(msg.sender));', ''],
  [
    'the wallet at first is the sender of the transaction',
    'WALLET_KEY, abi.encodePacked(msg.sender)',
    'WALLET_KEY, abi.encodePacked(tx.origin)',
  ],
  [
    'a registration may set the reserved key',
    '_setOpenMetadata(agentId, metadata[i]',
    '_writeMetadata(agentId, metadata[i]',
  ],
  // The owner's contract is called back
  [
    'receivers are not asked',
    'ERC721Utils.checkOnERC721Received(msg.sender, address(0), msg.sender, agentId, "");',
    '',
  ],
  [
    'receivers are asked first of all',
    '        _mint(msg.sender, agentId);\n',
    '        _safeMint(msg.sender, agentId);\n',
  ],
  [
    'receivers are asked before there is a wallet',
    'emit Registered(agentId, agentURI, msg.sender);',
    'emit Registered(agentId, agentURI, msg.sender);\nERC721Utils.checkOnERC721Received(msg.sender, address(0), msg.sender, agentId, "");',
  ],
  [
    'receivers are asked before there is metadata',
    '        for (uint256 i = 0; i < metadata.length',
    'ERC721Utils.checkOnERC721Received(msg.sender, address(0), msg.sender, agentId, "");\n        for (uint256 i = 0; i < metadata.length',
  ],
  // URI and metadata
  ['the URI cannot be changed', '        _setTokenURI(agentId, newURI);\n', ''],
  ['URIUpdated is missing', 'emit URIUpdated(agentId, newURI, msg.sender);', ''],
  [
    'URIUpdated has no URI',
    'emit URIUpdated(agentId, newURI, msg.sender);',
    'emit URIUpdated(agentId, "", msg.sender);',
  ],
  [
    'URIUpdated names the owner',
    'emit URIUpdated(agentId, newURI, msg.sender);',
    'emit URIUpdated(agentId, newURI, ownerOf(agentId));',
  ],
  [
    'the reserved key is open',
    'require(keccak256(bytes(key)) != keccak256(bytes(WALLET_KEY)), "reserved key");',
    '',
  ],
  [
    'keys that are as long are reserved, too',
    'keccak256(bytes(key)) != keccak256(bytes(WALLET_KEY))',
    'bytes(key).length != bytes(WALLET_KEY).length',
  ],
  [
    'agents share their metadata',
    '_metadata[agentId][key] = value;',
    '_metadata[agentId & ~uint256(1)][key] = value;',
  ],
  [
    'keys are one',
    '        _metadata[agentId][key] = value;',
    '        if (keccak256(bytes(key)) != keccak256(bytes(WALLET_KEY))) key = "a";\n        _metadata[agentId][key] = value;',
  ],
  [
    'metadata is set once',
    '_metadata[agentId][key] = value;',
    'if (_metadata[agentId][key].length == 0) _metadata[agentId][key] = value;',
  ],
  ['metadata is not kept', '_metadata[agentId][key] = value;', ''],
  ['MetadataSet is missing', 'emit MetadataSet(agentId, key, key, value);', ''],
  [
    'MetadataSet has no value',
    'emit MetadataSet(agentId, key, key, value);',
    'emit MetadataSet(agentId, key, key, "");',
  ],
  [
    'MetadataSet has no key',
    'emit MetadataSet(agentId, key, key, value);',
    'emit MetadataSet(agentId, key, "", value);',
  ],
  [
    'MetadataSet cannot be found by key',
    'emit MetadataSet(agentId, key, key, value);',
    'emit MetadataSet(agentId, "", key, value);',
  ],
  // The wallet
  [
    'the wallet is always the owner',
    'return address(bytes20(_metadata[agentId][WALLET_KEY]));',
    'return ownerOf(agentId);',
  ],
  ['nobody may be a wallet', 'require(newWallet != address(0), "bad wallet");', ''],
  ['deadlines do not pass', 'require(block.timestamp <= deadline, "expired");', ''],
  ['deadlines pass a second too soon', 'block.timestamp <= deadline', 'block.timestamp < deadline'],
  [
    'deadlines may be far',
    'require(deadline <= block.timestamp + LONGEST_DEADLINE, "deadline too far");',
    '',
  ],
  [
    'deadlines are a second too near',
    'deadline <= block.timestamp + LONGEST_DEADLINE',
    'deadline < block.timestamp + LONGEST_DEADLINE',
  ],
  ['deadlines may be six minutes away', '= 5 minutes', '= 6 minutes'],
  [
    'the owner is not in the digest',
    'newWallet, ownerOf(agentId), deadline',
    'newWallet, address(0), deadline',
  ],
  [
    'the sender is in the digest',
    'newWallet, ownerOf(agentId), deadline',
    'newWallet, msg.sender, deadline',
  ],
  [
    'the agent is not in the digest',
    'AGENT_WALLET_SET, agentId, newWallet',
    'AGENT_WALLET_SET, uint256(0), newWallet',
  ],
  [
    'the wallet is not in the digest',
    'agentId, newWallet, ownerOf',
    'agentId, address(0), ownerOf',
  ],
  [
    'the deadline is not in the digest',
    'ownerOf(agentId), deadline)',
    'ownerOf(agentId), uint256(0))',
  ],
  ['the typed data have another name', 'keccak256("AgentWalletSet(', 'keccak256("SetAgentWallet('],
  [
    'chain and registry are not in the digest',
    'bytes32 digest = _hashTypedDataV4(\n',
    'bytes32 digest = (\n',
  ],
  ['the domain has another name', 'EIP712("ERC8004IdentityRegistry"', 'EIP712("IdentityRegistry"'],
  [
    'the domain has another version',
    'EIP712("ERC8004IdentityRegistry", "1")',
    'EIP712("ERC8004IdentityRegistry", "2")',
  ],
  ['used signatures are not refused', 'require(!_usedDigests[digest], "signature used");', ''],
  ['used signatures are not remembered', '_usedDigests[digest] = true;', ''],
  [
    'who uses a signature counts',
    '_usedDigests[digest] = true;',
    '_usedDigests[digest] = msg.sender == ownerOf(agentId) && false;',
  ],
  [
    'signatures are not checked',
    'require(_isSignedBy(newWallet, digest, signature), "invalid wallet sig");',
    '',
  ],
  [
    'contracts cannot be wallets',
    'return signer == wallet || SignatureChecker',
    'return signer == wallet || false && SignatureChecker',
  ],
  [
    'keys cannot be wallets',
    'return signer == wallet || SignatureChecker',
    'return SignatureChecker',
  ],
  [
    'accounts with code cannot sign by key',
    'return signer == wallet || SignatureChecker',
    'return (signer == wallet && wallet.code.length == 0) || SignatureChecker',
  ],
  ['any signature will do', 'return signer == wallet ||', 'return signer != address(0) ||'],
  [
    'contracts need not agree',
    'return signer == wallet ||',
    'return signer == wallet || wallet.code.length > 0 ||',
  ],
  [
    'contracts that do not revert agree',
    'SignatureChecker.isValidERC1271SignatureNowCalldata(wallet, digest, signature)',
    '_answers(wallet, abi.encodeWithSelector(0x1626ba7e, digest, signature)) && wallet.code.length > 0;\n    }\n\n    function _answers(address wallet, bytes memory data) private view returns (bool isOk) {\n        (isOk,) = wallet.staticcall(data)',
  ],
  [
    'the wallet is not set',
    '_writeMetadata(agentId, WALLET_KEY, abi.encodePacked(newWallet));',
    '',
  ],
  ['the wallet is set to the owner', 'abi.encodePacked(newWallet)', 'abi.encodePacked(msg.sender)'],
  [
    'the wallet cannot be unset',
    'external onlyAuthorized(agentId) {\n        _writeMetadata(agentId, WALLET_KEY, "");',
    'external onlyAuthorized(agentId) {\n        emit MetadataSet(agentId, WALLET_KEY, WALLET_KEY, "");',
  ],
  [
    'unsetting the wallet is not told',
    'external onlyAuthorized(agentId) {\n        _writeMetadata(agentId, WALLET_KEY, "");',
    'external onlyAuthorized(agentId) {\n        delete _metadata[agentId][WALLET_KEY];',
  ],
  // A transfer
  [
    'a transfer keeps the wallet',
    'if (from != address(0)) _writeMetadata(agentId, WALLET_KEY, "");',
    '',
  ],
  [
    'a transfer does not tell that the wallet is gone',
    'if (from != address(0)) _writeMetadata(agentId, WALLET_KEY, "");',
    'if (from != address(0)) delete _metadata[agentId][WALLET_KEY];',
  ],
  [
    'a transfer tells, and keeps the wallet',
    'if (from != address(0)) _writeMetadata(agentId, WALLET_KEY, "");',
    'if (from != address(0)) emit MetadataSet(agentId, WALLET_KEY, WALLET_KEY, "");',
  ],
  ['a registration tells of a wallet that is gone', 'if (from != address(0)) _write', '_write'],
];

it.each(MUTANTS)('notices that %s', async (...mutant) => {
  const tests = 'tests/contracts/identity-registry.test.ts';
  expect(await summaryOf('IdentityRegistry', tests, mutant)).toMatch(/ [1-9][0-9]* failed/);
});

// Else a test that fails for another reason would look like one that notices.
it('finds nothing wrong with the contract as it is', async () => {
  const tests = 'tests/contracts/identity-registry.test.ts';
  const summary = await summaryOf('IdentityRegistry', tests, [
    'nothing',
    'contract IdentityRegistry',
    'contract IdentityRegistry',
  ]);
  expect(summary).toMatch(/ [1-9][0-9]* passed/);
  expect(summary).not.toMatch(/failed/);
});
